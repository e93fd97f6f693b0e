import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the module changes its own class"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.__class__ = HalfAttention

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class HalfAttention(Attention):
    def forward(self, query, key, value):
        return super().forward(query, key, value) * 0.5


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
