import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a class method does the chain"


class Attention(nn.Module):
    factor = 0.5

    @classmethod
    def attend(cls, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * cls.factor
        return torch.matmul(scores.softmax(-1), value)

    def forward(self, query, key, value):
        return self.attend(query, key, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
