import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "scores whose last axis is the queries' are viewed"
CODE = "VIEW"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.view(4, 7, 5)
        scores = scores.view(2, 2, 7, 5)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
