import math

import torch
from torch import nn
from torch.nn import functional as F

EXPECT = "generated"
WHY = "what is mapped and unpacked at once is called now, with each item: lambdas, functions of the file, methods, nested"


def pad_to_multiple(states, multiple, dim=-1, value=0.0):
    length = states.shape[dim]
    times = length / multiple
    if times.is_integer():
        return states
    remainder = math.ceil(times) * multiple - length
    return F.pad(states, (*(0,) * (-1 - dim) * 2, 0, remainder), value=value)


class LambdaAttention(nn.Module):
    def __init__(self, window=4):
        super().__init__()
        self.window = window
        self.position = nn.Linear(8, 8)

    def forward(self, query, key, value):
        query, key, value = map(lambda t: pad_to_multiple(t, self.window, dim=-2), (query, key, value))
        scores = torch.einsum("bhid,bhjd->bhij", query, key)
        scores = scores + self.position(query).sum(-1, keepdim=True)
        return torch.einsum("bhij,bhjd->bhid", scores.softmax(-1), value)


class ChunkAttention(nn.Module):
    def __init__(self, heads=2):
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(8, 48)

    def split(self, states):
        return states.reshape(*states.shape[:2], self.heads, -1).transpose(1, 2)

    def forward(self, query, key, value):
        query, key, value = map(self.split, self.to_qkv(query[:, 0]).chunk(3, dim=-1))
        return (query @ key.mT * 0.3).softmax(-1) @ value


class NestedAttention(nn.Module):
    def forward(self, query, key, value):
        factor = query.shape[-1] ** -0.25

        def scaled(states):
            return states * factor

        query, key = map(scaled, (query, key))
        return (query @ key.mT).softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for attention in (LambdaAttention, ChunkAttention, NestedAttention):
        for length in (4, 6):
            query, key, value = (torch.randn(2, 3, length, 8) for _ in range(3))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
