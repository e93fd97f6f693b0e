"""Scores of all keys for one query, whose axes are flattened into one."""

import torch
from torch import nn

EXPECT = "refused"
WHY = "what is viewed with one size is a vector"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = key @ query.reshape(-1) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    return Attention(), (torch.randn(1, 8), torch.randn(5, 8), torch.randn(5, 8)), {}
