import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "in a row without keys the constant stands for every score, and what comes after it counts"


class Attention(nn.Module):
    def forward(self, query, key, value, keep, positions):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(~keep, -1e4)
        scores = scores + positions
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (9.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[:, :, 0] = False
        positions = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, keep, positions), {}


def example():
    return next(examples())
