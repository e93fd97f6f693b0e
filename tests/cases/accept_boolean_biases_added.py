import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "two Booleans that are added to scores count twice; added to one another they would not"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + first
        scores = scores + second
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    first, second = torch.rand(5) > 0.5, torch.rand(5) > 0.5
    return Attention(), (query, key, value), {"first": first, "second": second}
