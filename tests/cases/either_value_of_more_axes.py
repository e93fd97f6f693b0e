import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the value has one axis more than the scores"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value), {}
    yield Attention(), (query, key, torch.randn(3, 2, 2, 5, 8)), {}
    yield Attention(), (query, key, torch.randn(5, 8)), {}
    yield Attention(), (query[:1], key[:1], value), {}


def example():
    return next(examples())
