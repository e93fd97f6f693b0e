import math

import torch
from torch import nn

EXPECT = 'generated'
WHY = 'where there are no keys there is nothing to fill'


class EmptyAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(torch.ones(query.size(2), key.size(2), dtype=torch.bool).triu(1), -1e9)
        scores = scores + torch.zeros(key.size(2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for keys in (5, 0):
        yield EmptyAttention(), (torch.randn(2, 2, 5, 8), torch.randn(2, 2, keys, 8), torch.randn(2, 2, keys, 8)), {}
