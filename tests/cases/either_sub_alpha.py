import math

import torch
from torch import nn

EXPECT = "either"
WHY = "torch.sub with alpha"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("bias", torch.linspace(0, 1, 2).view(2, 1, 1))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.sub(self.bias, alpha=3)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
