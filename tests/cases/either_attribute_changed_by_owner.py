import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the owner changes the scale of the module"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value)


class Owner(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()
        self.attention.scale = torch.rand(6)

    def forward(self, *args):
        return self.attention(*args)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 6), (1, 3, 6), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Owner(), (query, key, value), {}


def example():
    return next(examples())
