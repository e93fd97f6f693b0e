import torch
from torch import nn

EXPECT = "refused"
CODE = "NONLINEAR"
WHY = "what a part holds is set through its dict, or under a name that is computed"


class Hide(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = -1e9

    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, self.low)


class DictAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Hide()
        self.hide.__dict__["low"] = -0.5

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class VarsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Hide()
        vars(self.hide).update(low=-0.5)

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class NamedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        hide = Hide()
        for name in ("l" + "ow",):
            setattr(hide, name, -0.5)
        self.hide = hide

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class EachAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Hide()
        for part in self.children():
            part.__dict__.update(low=-0.5)

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (DictAttention, VarsAttention, NamedAttention, EachAttention):
            yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
