import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "two biases in half precision are added to scores in single precision, where their sum has a place"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + first
        scores = scores + second
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    first, second = (100 * torch.rand(5)).bfloat16(), torch.rand(5).bfloat16()
    return Attention(), (query, key, value), {"first": first, "second": second}
