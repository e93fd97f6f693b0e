import torch
from torch import nn

EXPECT = "generated"
WHY = "the probabilities are zeroed where the scores were filled, in a second branch with the same test"
EVERY = True


class Projected(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.1)


class PlainAttention(Projected):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if mask is not None:
            scores = scores.masked_fill(mask, -float("inf"))
        probs = torch.softmax(scores, dim=-1)
        if mask is not None:
            probs = probs.masked_fill(mask, 0.0)
        return self.dropout(probs) @ value


class NamedAttention(Projected):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if mask is not None:
            hidden = mask.eq(1)
            scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        probs = torch.softmax(scores, dim=-1)
        if mask is not None:
            probs = probs.masked_fill(hidden, 0.0)
        return self.dropout(probs) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = PlainAttention(), NamedAttention()

    def forward(self, query, key, value, mask=None):
        return self.first(query, key, value, mask) + self.second(query, key, value, mask)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    mask = torch.rand(2, 1, 5, 5) > 0.5
    mask[0, :, 2] = True
    for given in (mask, None):
        yield Block(), (query, key, value, given), {}


def example():
    return next(examples())
