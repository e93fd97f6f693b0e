import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the rows of a scale are those of scores that are viewed back"


class Attention(nn.Module):
    def forward(self, query, key, value, rows):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.view(4, 5, 5)
        scores = scores * rows.view(4, 1, 1)
        scores = scores.view(2, 2, 5, 5)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(4, 1, 1) + 0.5), {}
