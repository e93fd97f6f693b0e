import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the last axis is the queries', so a last axis of size 1 differs from key to key"
CODE = "SOFTMAX_AXIS"


class Attention(nn.Module):
    def forward(self, query, key, value, rows):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores * rows.view(2, 2, 5, 1)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(2, 2, 5) + 0.5), {}
