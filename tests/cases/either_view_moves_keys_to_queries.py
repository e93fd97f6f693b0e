import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a view gives the rows to other queries"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        batch, heads, queries, keys = scores.shape
        scores = scores.view(batch, heads, queries * 2, keys // 2)
        probs = scores.softmax(-1).view(batch, heads, queries, keys)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 6, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
