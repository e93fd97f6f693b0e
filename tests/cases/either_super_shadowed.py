import math

import torch
from torch import nn

EXPECT = "either"
WHY = "super is a function of this file"


class Base(nn.Module):
    def adapt(self, scores):
        return scores / 2.0


class Other:
    def adapt(self, scores):
        return scores.tanh()


def super():  # noqa: A001
    return Other()


class Attention(Base):
    def __init__(self):
        Base.__init__(self)

    def forward(self, query, key, value):
        scores = super().adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
