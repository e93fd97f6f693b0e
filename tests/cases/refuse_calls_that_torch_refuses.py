import torch
from torch import nn

EXPECT = "refused"
WHY = "a call that torch refuses is not read as one that it takes; the first class runs, the others raise"


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores.tanh(), dim=-1), value)


class DimTwiceAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, -1, dim=-1), value)


class OneOperandAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeywordAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key, optimize=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NoLimitAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.clamp(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FarAxisAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        return torch.matmul(torch.softmax(scores, dim=4), value)


class NumbersByPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.baddbmm(value, query, key.transpose(1, 2), 1.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NoOperandsAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk")
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    for kind in (
        PlainAttention,
        DimTwiceAttention,
        OneOperandAttention,
        KeywordAttention,
        NoLimitAttention,
        FarAxisAttention,
        NumbersByPlaceAttention,
        NoOperandsAttention,
    ):
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
