import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the parent changes its subclasses"


class Base(nn.Module):
    def __init_subclass__(cls):
        cls.factor = getattr(cls, "factor", 0.0) + 1.0


class Attention(Base):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(-1), value) * self.factor


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
