import torch
from torch import nn

EXPECT = "refused"
CODES = {"WritingAttention": "FILL_UNKNOWN", "ResetAttention": "FILL_UNKNOWN"}
WHY = "a buffer that holds the constant is changed in place, by the class that has the part or by a method of its own"


class Hide(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("low", torch.tensor(-1e9))

    def forward(self, scores, hidden):
        return scores.masked_fill(hidden, self.low)


class WritingAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide = Hide()
        self.hide.low.fill_(-0.5)

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class ResetAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("least", torch.tensor(-1e9))

    def weaken(self):
        nn.init.constant_(self.least, -0.5)

    def forward(self, query, key, value, hidden):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, self.least)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (WritingAttention, ResetAttention):
            module = kind()
            if kind is ResetAttention:
                module.weaken()
            yield module, (query, key, value, hidden), {}


def example():
    return next(examples())
