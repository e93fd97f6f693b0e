import torch
from torch import nn

EXPECT = "refused"
CODE = "CAST"
WHY = "the scores are cast to the type of a tensor that was made from whole numbers, truth values, or as ones of whole numbers"


class FullAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.full((1,), 3))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class FullByKeywordAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.full((1,), fill_value=3))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class AttributeAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.kind = torch.int64

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.zeros(1, dtype=self.kind))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class HalfAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.zeros(1, dtype=torch.bfloat16))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class NamedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.ones(1, dtype=torch.int32))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class LikeAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.zeros_like(query, dtype=torch.int64))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class FullLikeAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.full_like(query, 2, dtype=torch.int64))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class CountedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.tensor(3))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class DtypeAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).to(torch.full((1,), 3).dtype)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (
        FullAttention,
        FullByKeywordAttention,
        AttributeAttention,
        HalfAttention,
        NamedAttention,
        LikeAttention,
        FullLikeAttention,
        CountedAttention,
        DtypeAttention,
    ):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
