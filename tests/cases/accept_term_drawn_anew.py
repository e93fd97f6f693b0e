import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = 'generated'
WHY = 'what is drawn at random is another at each call, and is not kept'


class DropoutAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        dropped = F.dropout2d(torch.exp(self.table)[None], 0.5, True)
        scores = scores + dropped
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BinomialAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        drawn = torch.binomial(torch.full((5, 5), 10.0), torch.sigmoid(self.table))
        scores = scores + drawn
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Thrice(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, *given):
        return self.attention(*given) + 2 * self.attention(*given) + 3 * self.attention(*given)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    for kind in (DropoutAttention, BinomialAttention):
        yield Thrice(kind()), (query, key, value), {}
