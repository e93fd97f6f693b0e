"""Scores of all keys for one query, which is a vector."""

import torch
from torch import nn

EXPECT = "refused"
WHY = "`key @ vector` has the keys in its rows, and no axis of queries"
CODE = "OPERAND"


class Attention(nn.Module):
    def forward(self, query, key, value):
        first = query[0, 0, 0]
        scores = key[0, 0] @ first * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value[0, 0])


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
