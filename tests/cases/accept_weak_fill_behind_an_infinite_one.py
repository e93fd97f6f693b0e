import torch
from torch import nn

EXPECT = "generated"
WHY = "a constant that 16 bits round is filled in behind an infinite one, and meets another that is rounded as the scores are"
EVERY = True
GRADIENTS = False  # of rows in which an infinite constant is multiplied by zero


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("triangle", torch.ones(12, 12).tril(), persistent=False)

    def forward(self, query, key, value, drop, keep):
        scores = query @ key.transpose(-1, -2)
        scores = scores.masked_fill(drop, float("-inf")).masked_fill(~keep, -1e4)
        below = self.triangle[: query.size(-2), : key.size(-2)]
        scores = scores * below - 1e4 * (1 - below)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 2, 3)):
        query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, keys, keys))
        drop = torch.rand(batch, 1, 1, keys) > 0.8
        yield Attention(), (query, key, value, drop, torch.rand(batch, 1, queries, keys) > 0.7), {}


def example():
    return next(examples())
