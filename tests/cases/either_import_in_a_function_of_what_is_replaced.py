import math

import torch
from torch import nn

EXPECT = "either"
WHY = "what is imported, or what a property gives, may be something else than its name says"

math.sqrt = lambda number: number**0.5


class ReplacedAttention(nn.Module):
    def forward(self, query, key, value):
        from math import sqrt

        scores = torch.matmul(query, key.transpose(-1, -2)) / sqrt(query.size(-1))
        return torch.matmul(scores.softmax(-1), value)


class ReboundAttention(nn.Module):
    def forward(self, query, key, value):
        from math import sqrt

        sqrt = sqrt(4.0) * torch.arange(1.0, 1.0 + key.shape[-2])
        scores = torch.matmul(query, key.transpose(-1, -2)) / sqrt
        return torch.matmul(scores.softmax(-1), value)


class LaterAttention(nn.Module):
    def forward(self, query, key, value):
        if query.shape[-2] == 5:
            from math import sqrt as root
        else:
            from torch import tanh as root
        scores = torch.matmul(query, key.transpose(-1, -2)) / root(4.0)
        return torch.matmul(scores.softmax(-1), value)


class PropertyAttention(nn.Module):
    count = 1.0

    @property
    def scale(self):
        self.count += 1.0
        return self.count * 1.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / self.scale
        return torch.matmul((scores * self.scale).softmax(-1), value) * self.scale


class SettablePropertyAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5

    @property
    def scale(self):
        return self._scale

    @scale.setter
    def scale(self, scale):
        self._scale = scale * torch.arange(1.0, 6.0)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value)


class ChosenPropertyAttention(nn.Module):
    wide = True

    @property
    def scale(self):
        if self.wide:
            return torch.arange(1.0, 6.0)
        return 0.5

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(scores.softmax(-1), value)


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value):
        return self.odd(query, key, value), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (
        ReplacedAttention, ReboundAttention, LaterAttention, PropertyAttention, SettablePropertyAttention,
        ChosenPropertyAttention,
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield Both(make()), (query, key, value), {}


def example():
    return next(examples())
