import torch
from torch import nn

EXPECT = "either"
WHY = "part of a condition may be an error, or mean something else, where the rest of it is not met"


def exists(value):
    return value is not None


def counted(value, seen=[]):  # noqa: B006
    return value is not None


def exists_twice(value):
    exists.calls = getattr(exists, "calls", 0) + 1
    return value is not None


class OrderAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if scores.dim() > 9 and cap > 3.0:
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class AttributeAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if scores.dim() > 9 and cap.shape[0] == 3:
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class ReboundAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        cap = 2.0 if cap is None else cap
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if exists(cap) and scores.dim() > 3:
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class CountedAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if counted(cap) or exists_twice(cap):
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class ShadowedAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        exists = (lambda value: value is None)  # noqa: E731
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        if exists(cap):
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class FlagAttention(nn.Module):
    flag = False

    def forward(self, query, key, value, cap=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
        self.flag = cap is None
        if self.flag and scores.dim() > 3:
            scores = torch.tanh(scores)
        return torch.matmul(scores.softmax(-1), value)


class LateAttention(nn.Module):
    def forward(self, query, key, value, cap=None):
        if cap is not None:
            wide = cap.shape[0] == 3
            scores = torch.matmul(query, key.transpose(-1, -2)) * 0.5
            if wide and scores.dim() > 9:
                scores = torch.tanh(scores)
        else:
            scores = torch.matmul(query, key.transpose(-1, -2)) * 0.25
        return torch.matmul(scores.softmax(-1), value)


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value, cap=None):
        return self.odd(query, key, value, cap), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (
        OrderAttention, AttributeAttention, ReboundAttention, CountedAttention, ShadowedAttention, FlagAttention,
        LateAttention,
    ):  # fmt: skip
        for cap in (None, torch.ones(3)):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield Both(make()), (query, key, value, cap), {}


def example():
    return next(examples())
