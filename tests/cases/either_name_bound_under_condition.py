import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a function is bound in two branches"


if torch.__version__.startswith("0"):

    def adapt(scores):
        return scores * 0.5

else:

    def adapt(scores):
        return scores.tanh()


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
