import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a mask may be of whole numbers, and then the scores are rounded"


class Attention(nn.Module):
    def forward(self, query, key, value, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.to(seen.dtype) + value.mean()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    seen = torch.arange(5)
    return Attention(), (query, key, value), {"seen": seen}
