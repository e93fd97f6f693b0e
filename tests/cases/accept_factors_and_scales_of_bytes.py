import math

import torch
from torch import nn

EXPECT = 'generated'
WHY = 'bytes are multiplied as numbers of the scores, not as bytes'


class FactorsAttention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1) * first[..., None] * second[..., None]
        return torch.matmul(probs, value)


class ScalesAttention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) * first[..., None] * second[..., None]
        return torch.matmul(torch.softmax(scores / 5000, dim=-1), value)


class NumberAttention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 20 * first[..., None]
        return torch.matmul(torch.softmax(scores / 5000, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (FactorsAttention, ScalesAttention, NumberAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, *(torch.full((5,), 20, dtype=torch.uint8) for _ in range(2))), {}
