import math

import torch
from torch import nn

EXPECT = "either"
WHY = ".data is the same storage"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores.data.add_(mask)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., :2] = torch.finfo(torch.float32).min
        causal = torch.full((batch, 1, queries, keys), torch.finfo(torch.float32).min).triu(1)
        causal[:, :, 0] = torch.finfo(torch.float32).min
        yield Attention(), (query, key, value, padding), {}
        yield Attention(), (query, key, value, causal), {}


def example():
    return next(examples())
