import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "-finfo.max"


class Attention(nn.Module):
    def forward(self, query, key, value, drop):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(drop, -torch.finfo(scores.dtype).max)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        drop = torch.zeros(batch, 1, 1, keys, dtype=torch.bool)
        drop[0, ..., :2] = True
        yield Attention(), (query, key, value, drop), {}
        drop = torch.rand(batch, 1, queries, keys) < 0.3
        drop[..., 0, :] = True
        yield Attention(), (query, key, value, drop), {}


def example():
    return next(examples())
