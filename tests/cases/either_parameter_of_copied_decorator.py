import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a decorator of the file swaps the arguments"


class Swap:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return lambda query, key, value: self.function(instance, key, query, value)


class Attention(nn.Module):
    @Swap
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 6, 6), (3, 1, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
