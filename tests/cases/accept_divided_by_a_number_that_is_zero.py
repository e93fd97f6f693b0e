"""Scores divided by an argument and by an attribute, which are numbers and may be zero."""

import torch
from torch import nn

EXPECT = "generated"
WHY = "scores divided by the number zero are infinite, or NaN, and no error"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, temperature):
        super().__init__()
        self.temperature = temperature

    def forward(self, query, key, value, share: float = 1.0):
        scores = torch.matmul(query, key.transpose(-1, -2)) / self.temperature
        scores = scores / share
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    inputs = tuple(torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(Attention(t), inputs, {"share": s}) for t in (2.0, 0, -0.0, False) for s in (0.5, 0)]
