import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "two masks, neither of which hides a whole row, do so together"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(first, -1e9)
        scores = scores.view(-1, 1, 2, query.size(-2), key.size(-2))
        if second is not None:
            scores = scores.masked_fill(second == 1, -2e4)
        scores = scores.view(-1, 2, query.size(-2), key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (9.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        first = torch.rand(queries, keys) > 0.6
        second = torch.where(torch.arange(queries)[:, None] == 0, ~first, torch.rand(queries, keys) > 0.7).long()
        yield Attention(), (query, key, value, first, second), {}


def example():
    return next(examples())
