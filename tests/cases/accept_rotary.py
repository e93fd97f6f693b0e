import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "q and k are rotated before the product"


def rotate(states, angles):
    first, second = states.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("frequencies", 10.0 ** -torch.linspace(0, 1, 4))

    def forward(self, query, key, value):
        angles = torch.arange(query.shape[-2], dtype=query.dtype)[:, None] * self.frequencies
        query = rotate(query, angles)
        key = rotate(key, angles)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
