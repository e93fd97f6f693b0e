import torch
from torch import nn

EXPECT = "refused"
CODES = {"CallAttention": "NONLINEAR", "InnerAttention": "NONLINEAR", "OutsideAttention": "NONLINEAR"}
WHY = "a call of a module is what its class says it is, and `forward` is only a part of it"


class Called(nn.Module):
    def __call__(self, scores, hidden):
        return super().__call__(3.0 * scores.tanh(), hidden)

    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, -1e9)


class Inner(nn.Module):
    def _call_impl(self, scores, hidden):
        return self.forward(scores.abs(), hidden)

    __call__ = _call_impl

    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, -1e9)


class Outside(nn.Module):
    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, -1e9)


Outside.__call__ = lambda self, scores, hidden: self.forward(scores.abs(), hidden)


class CallAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Called()

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class InnerAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Inner()

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class OutsideAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Outside()

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (CallAttention, InnerAttention, OutsideAttention):
            yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
