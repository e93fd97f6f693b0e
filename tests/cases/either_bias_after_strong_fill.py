import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a strong positive bias after the fill"


class Attention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(~keep, -1e9)
        scores = scores + 2e9 * (~keep).float()
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[..., -1] = True
        yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
