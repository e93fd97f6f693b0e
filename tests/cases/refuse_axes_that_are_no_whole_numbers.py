import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "FloatAxisAttention": "SOFTMAX_AXIS",
    "BetweenAxisAttention": "SOFTMAX_AXIS",
    "PermutedAttention": "TRANSPOSE",
    "BeyondAttention": "TRANSPOSE",
    "TransposedAttention": "TRANSPOSE",
    "NumberAsDtypeAttention": "CAST",
    "NamespaceAttention": "METHOD",
}
WHY = "torch takes whole numbers that are there for an axis, and a dtype for a dtype: eager raises an error"


class FloatAxisAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1.0) @ value


class BetweenAxisAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1.5) @ value


class PermutedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key).permute(0, 1, 2, 3.0)
        return torch.softmax(scores, dim=-1) @ value


class BeyondAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key).permute(0, 1, 2, 7)
        return torch.softmax(scores, dim=-1) @ value


class TransposedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = (key @ query.transpose(-1, -2)).transpose(-2.0, -1)
        return torch.softmax(scores, dim=-1) @ value


class NumberAsDtypeAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), -1, 3) @ value


class NamespaceAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) / len(self.__dict__)  # which nothing sets, but that is not followed
        return torch.softmax(scores, dim=-1) @ value


def examples():
    kinds = (FloatAxisAttention, BetweenAxisAttention, PermutedAttention, BeyondAttention, TransposedAttention)
    for make in (*kinds, NumberAsDtypeAttention, NamespaceAttention):
        torch.manual_seed(0)
        yield make(), tuple(2.0 * torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
