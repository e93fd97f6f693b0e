import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the function is given the module's dropout, and None is what it has for none"


def attend(query, key, value, seen=None, dropout=None):
    scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
    if seen is not None:
        scores = scores.masked_fill(seen == 0, -1e9)
    weights = scores.softmax(dim=-1)
    if dropout is not None:
        weights = dropout(weights)
    return torch.matmul(weights, value), weights


class CallingAttention(nn.Module):
    def __init__(self, p=0.0):
        super().__init__()
        self.dropout = nn.Dropout(p)

    def forward(self, query, key, value, seen=None):
        met, _ = attend(query, key, value, seen=seen, dropout=self.dropout)
        return met


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        seen = torch.ones(batch, 1, 1, keys)
        seen[0, ..., :2] = 0
        yield CallingAttention(), (query, key, value), {}
        yield CallingAttention(), (query, key, value), {"seen": seen}


def example():
    return next(examples())
