import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a private attribute is set by the parent and by the child"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.__scale = 0.5

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.__scale
        return torch.matmul(scores.softmax(-1), value)


class Attention(Base):
    def __init__(self):
        super().__init__()
        self.__scale = torch.rand(3)

    def spread(self):
        return self.__scale


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
