import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the scale is a descriptor that counts its reads"


class Counting:
    def __init__(self):
        self.reads = 0

    def __get__(self, instance, owner):
        self.reads += 1
        return 0.5 * self.reads


class Attention(nn.Module):
    scale = Counting()

    def forward(self, query, key, value):
        type(self).__dict__.get("scale")
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
