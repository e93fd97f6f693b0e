import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "DrawnAttention": "PROBABILITIES",
    "SetAttention": "PROBABILITIES",
    "CountedAttention": "PROBABILITIES",
    "TwoOwnersAttention": "PROBABILITIES",
    "ConvertedAttention": "PROBABILITIES",
}
WHY = "what clears the probabilities has the name or the text of what filled the scores, and need not be it"


class DrawnAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(torch.rand(key.size(-2)) > 0.5, -1e30)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(torch.rand(key.size(-2)) > 0.5, 0.0)
        return torch.matmul(probs, value)


class SetAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask = torch.rand(1) > 0.5

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(self.mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        self.mask = mask
        probs = probs.masked_fill(self.mask, 0.0)
        return torch.matmul(probs, value)


class CountedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def hidden(self, mask):
        self.calls += 1
        return mask if self.calls % 2 else ~mask

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(self.hidden(mask), -1e30)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(self.hidden(mask), 0.0)
        return torch.matmul(probs, value)


class Filling(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([True, False]).view(2, 1, 1))

    def forward(self, scores):
        return scores.masked_fill(self.mask, -1e30)


class TwoOwnersAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.filling = Filling()
        self.register_buffer("mask", torch.tensor([False, True]).view(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = self.filling(torch.matmul(query, key.transpose(-1, -2)))
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(self.mask, 0.0)
        return torch.matmul(probs, value)


class ConvertedAttention(nn.Module):
    """A buffer that is changed in place by a method in between."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([False, True]).view(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(self.mask > 0, -1e30)
        probs = torch.softmax(scores, dim=-1)
        self.mask.logical_not_()
        probs = probs.masked_fill(self.mask > 0, 0.0)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (DrawnAttention, SetAttention, CountedAttention, TwoOwnersAttention, ConvertedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.5), {}


def example():
    return next(examples())
