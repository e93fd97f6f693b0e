import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the bias has one axis more than the scores, and so has the result"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value, torch.randn(3, 1, 1, 5, 5)), {}
    yield Attention(), (query[:1], key[:1], value[:1], torch.randn(3, 1, 5, 5)), {}
    yield Attention(), (query[:, :, :1], key, value, torch.randn(1, 1, 5, 5)), {}
    yield Attention(), (query, key[:, :, :1], value, torch.randn(2, 1, 5, 5)), {}


def example():
    return next(examples())
