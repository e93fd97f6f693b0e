import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "rows of the transposed scores are scaled, and then transposed back"
CODE = "SOFTMAX_AXIS"


class Attention(nn.Module):
    def forward(self, query, key, value, rows):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.transpose(-1, -2)
        scores = scores * rows.view(2, 2, 5, 1)
        scores = scores.transpose(-1, -2)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(2, 2, 5) + 0.5), {}
