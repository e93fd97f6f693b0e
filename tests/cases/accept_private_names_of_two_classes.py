import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "parent and child both have a private helper of one name"


class Base(nn.Module):
    def __adapt(self, scores):
        return scores * 0.5

    def forward(self, query, key, value):
        scores = self.__adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


class Attention(Base):
    def __adapt(self, scores):
        return scores.tanh()


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
