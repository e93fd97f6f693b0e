import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a nested function has the name of one of generated code"


class Attention(nn.Module):
    def forward(self, query, key, value):
        def fuse(tensor, restore=2.0):
            return tensor * restore

        scores = torch.matmul(fuse(query, restore=0.5), key.transpose(-1, -2))
        return fuse(torch.matmul(scores.softmax(-1), value))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
