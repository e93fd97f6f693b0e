import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the dropout is None where p is zero"


class Attention(nn.Module):
    def __init__(self, p=0.0):
        super().__init__()
        self.dropout = nn.Dropout(p) if p else None

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        if self.dropout is not None:
            probs = self.dropout(probs)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for p in (0.0, 0.4):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(p), (query, key, value), {}


def example():
    return next(examples())
