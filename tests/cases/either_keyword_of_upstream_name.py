import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a global of the runtime's name is called with a keyword of the same name"


def restore(tensor, restore):
    return tensor * restore


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return restore(torch.matmul(scores.softmax(-1), value), restore=0.25)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
