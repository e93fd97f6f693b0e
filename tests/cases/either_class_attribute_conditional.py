import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a class attribute differs by a condition"


class Attention(nn.Module):
    scale = 0.5
    if torch.__version__:
        scale = 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value) / self.scale


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
