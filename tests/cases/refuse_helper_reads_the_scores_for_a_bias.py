import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a helper is given the scores and makes a bias of their values"

class Attention(nn.Module):
    def positions(self, scores):
        return scores.size(-1) * scores.abs()

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        bias = self.positions(scores)
        scores = scores + bias
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
