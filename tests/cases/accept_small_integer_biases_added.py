import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a sum of bytes would overflow; the scores do not"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + first
        scores = (scores + second) * 2
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    first, second = torch.full((5,), 200, dtype=torch.uint8), (20 * torch.arange(5)).to(torch.uint8)
    return Attention(), (query, key, value), {"first": first, "second": second}
