import torch
from torch import nn

EXPECT = "either"
WHY = "the scores are wrapped in a class of this file"


class Wrapped:
    def __init__(self, tensor):
        self.tensor = tensor

    def __add__(self, other):
        return Wrapped(self.tensor.tanh() + other)


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = Wrapped(torch.matmul(query, key.transpose(-1, -2))) + 1.0
        probs = scores.tensor.softmax(-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
