import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the axis is an attribute that another method changes"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dim = -1

    def over_queries(self):
        self.dim = -2
        return self

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=self.dim)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention().over_queries(), (query, key, value), {}
