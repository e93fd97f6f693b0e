import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the product with V is yielded by a helper"


class Attention(nn.Module):
    def parts(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        yield torch.matmul(scores.softmax(-1), value)

    def forward(self, query, key, value):
        return next(self.parts(query, key, value))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
