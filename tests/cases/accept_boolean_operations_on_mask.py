import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the mask is joined from two"


class Attention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        causal = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        scores = scores.masked_fill(~(keep & causal), torch.finfo(scores.dtype).min)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.ones(batch, 1, 1, keys, dtype=torch.bool)
        keep[0, ..., :2] = False
        yield Attention(), (query, key, value, keep), {}
        keep = torch.rand(batch, 1, queries, keys) > 0.3
        keep[..., 0, :] = False
        yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
