import torch
from torch import nn

EXPECT = "generated"
WHY = "torch under another name"


import torch as th
import torch.nn as nn
from torch import matmul
from torch.nn.functional import softmax as normalise


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = th.matmul(query, key.transpose(-1, -2)) / 3.0
        return matmul(normalise(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
