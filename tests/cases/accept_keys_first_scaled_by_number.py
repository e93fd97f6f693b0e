import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "queries last: a number scales all axes alike"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores * 0.5 + bias
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value, torch.randn(2, 1, 7, 5)), {}
