import torch
from torch import nn

EXPECT = "generated"
WHY = "operands of two axes"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.t() / 2.0
        probs = scores.softmax(-1)
        return probs @ value


def examples():
    torch.manual_seed(0)
    for queries, keys in ((5, 5), (1, 7), (3, 6)):
        yield Attention(), tuple(2.0 * torch.randn(length, 8) for length in (queries, keys, keys)), {}


def example():
    return next(examples())
