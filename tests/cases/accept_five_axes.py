import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "windows: operands of five axes"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, windows, length in ((2, 3, 5), (1, 2, 4)):
        yield Attention(), tuple(2.0 * torch.randn(batch, windows, 2, length, 8) for _ in range(3)), {}


def example():
    return next(examples())
