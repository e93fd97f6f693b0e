import torch
from torch import nn

EXPECT = "refused"
WHY = "of two branches one gives what cannot be said: a weak fill first or last, a scale for each key, another axis' maximum"


class WeakLastAttention(nn.Module):
    def __init__(self, first=True):
        super().__init__()
        self.first = first

    def forward(self, query, key, value, hidden):
        strength = -1e9 if self.first else -1.0
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        return torch.matmul(torch.softmax(scores.masked_fill(hidden, strength), dim=-1), value)


class WeakFirstAttention(nn.Module):
    def __init__(self, first=True):
        super().__init__()
        self.first = first

    def forward(self, query, key, value, hidden):
        strength = -1.0 if self.first else -1e9
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        return torch.matmul(torch.softmax(scores.masked_fill(hidden, strength), dim=-1), value)


class OtherMaximumAttention(nn.Module):
    def __init__(self, first=True):
        super().__init__()
        self.first = first

    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        greatest = scores.amax(dim=-1, keepdim=True) if self.first else scores.amax(dim=-2, keepdim=True)
        return torch.matmul(torch.softmax(scores - greatest, dim=-1), value)


class UnkeptMaximumAttention(nn.Module):
    def __init__(self, first=True):
        super().__init__()
        self.first = first

    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        greatest = scores.amax(dim=-1, keepdim=True) if self.first else scores.amax(dim=-1)
        return torch.matmul(torch.softmax(scores - greatest, dim=-1), value)


class ScaleForEachKeyAttention(nn.Module):
    def __init__(self, first=True):
        super().__init__()
        self.first = first
        self.each = nn.Parameter(torch.rand(5))

    def forward(self, query, key, value, hidden):
        scale = self.each if self.first else 0.4
        return torch.matmul(torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scale, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (
        WeakLastAttention,
        WeakFirstAttention,
        OtherMaximumAttention,
        UnkeptMaximumAttention,
        ScaleForEachKeyAttention,
    ):
        for first in (True, False):
            query, key, value = (torch.randn(5, 5, 5, 8) for _ in range(3))
            yield kind(first), (query, key, value, torch.rand(5, 5) < 0.5), {}


def example():
    return next(examples())
