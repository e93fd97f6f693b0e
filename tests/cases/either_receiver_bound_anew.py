import math

import torch
from torch import nn

EXPECT = "either"
WHY = "self is another object after the first line"


class Attention(nn.Module):
    def __init__(self, scale=0.5, other=None):
        super().__init__()
        self.scale = scale
        self.others = [other]

    def forward(self, query, key, value):
        self = self.others[0] or self
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(other=Attention(2.0)), (query, key, value), {}


def example():
    return next(examples())
