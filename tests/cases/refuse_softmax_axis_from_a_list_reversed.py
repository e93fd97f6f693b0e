import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the axis was taken out of a list that was reversed meanwhile"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        axes = [-1, -2]
        axes.reverse()
        return torch.matmul(torch.softmax(scores, dim=axes[0]), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
