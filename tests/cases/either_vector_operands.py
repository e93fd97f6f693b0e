import math

import torch
from torch import nn

EXPECT = "either"
WHY = "matmul of a vector drops an axis"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    yield Attention(), (torch.randn(8), 2.0 * torch.randn(5, 8), torch.randn(5, 8)), {}
    yield Attention(), (torch.randn(3, 8), 2.0 * torch.randn(5, 8), torch.randn(5)), {}
    yield Attention(), (torch.randn(3, 8), 2.0 * torch.randn(5, 8), torch.randn(5, 4)), {}


def example():
    return next(examples())
