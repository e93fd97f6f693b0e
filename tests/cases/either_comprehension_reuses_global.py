import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a comprehension's variable has the name of a global that is read too"


factor = 0.5


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * factor
        total = sum([factor for factor in (1.0, 2.0)])
        return torch.matmul(scores.softmax(-1), value) * total


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
