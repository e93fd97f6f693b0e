import torch
from torch import nn


EXPECT = "refused"
CODE = "CAST"
WHY = "the scores are cast to the type of a tensor that an operation made of whole numbers or truth values"


class RangeAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.arange(5))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class CompareAttention(nn.Module):
    def forward(self, query, key, value):
        mask = query > 0
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(mask)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class LongAttention(nn.Module):
    def forward(self, query, key, value):
        whole = query.long()
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(whole)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class ToAttention(nn.Module):
    def forward(self, query, key, value):
        whole = query.to(torch.int64)
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(whole)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class ArgmaxAttention(nn.Module):
    def forward(self, query, key, value):
        whole = torch.argmax(query, dim=-1)
        scores = torch.matmul(query, key.transpose(-1, -2)).to(whole.dtype)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class RandintAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(torch.randint(0, 5, (2,)))
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


class SlicedAttention(nn.Module):
    def forward(self, query, key, value):
        whole = torch.full((3,), 1)[:2].unsqueeze(0)
        scores = torch.matmul(query, key.transpose(-1, -2)).type_as(whole)
        return torch.matmul(torch.softmax(scores.float(), dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (RangeAttention, CompareAttention, LongAttention, ToAttention, ArgmaxAttention, RandintAttention, SlicedAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
