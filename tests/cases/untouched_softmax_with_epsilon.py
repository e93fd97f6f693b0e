import math

import torch
from torch import nn

EXPECT = "untouched"
WHY = "a normalisation with an epsilon is not a softmax"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        exponents = scores.exp()
        probs = exponents / (exponents.sum(-1, keepdim=True) + 1e-2)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
