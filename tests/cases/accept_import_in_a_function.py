import torch
from torch import nn

EXPECT = "generated"
WHY = "what a statement in a function imports is what it is at the head of a module"


class ScaleAttention(nn.Module):
    def forward(self, query, key, value):
        import math

        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return torch.matmul(scores.softmax(-1), value)


class FunctionalAttention(nn.Module):
    def forward(self, query, key, value):
        import torch.nn.functional as function
        from torch import matmul as product

        return product(function.softmax(product(query, key.transpose(-1, -2)), dim=-1), value)


class ConstantAttention(nn.Module):
    def forward(self, query, key, value):
        from math import inf

        hidden = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).triu(1)
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(hidden, -inf)
        return torch.matmul(scores.softmax(-1), value)


class PropertyAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dim = 8

    @property
    def scale(self):
        return self.dim**-0.5

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for make in (ScaleAttention, FunctionalAttention, ConstantAttention, PropertyAttention):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
