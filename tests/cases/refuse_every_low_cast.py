import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
CODES = {"HalfAttention": "CAST", "BrainAttention": "CAST", "DoubleAttention": "CAST"}
WHY = "the scores go through another precision, or through whole numbers"
CODES = {"HalfAttention": "CAST", "BrainAttention": "CAST", "DoubleAttention": "CAST"}


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class HalfAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.half().float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BrainAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.bfloat16().float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DoubleAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.double().float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToHalfAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.float16).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToHalfNameAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.half).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToBrainAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.bfloat16).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToDoubleAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.float64).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToDoubleNameAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.double).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeywordAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(dtype=torch.bfloat16).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type(torch.float16).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WholeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.int32).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LongAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.long).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypedWholeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type(torch.int64).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([HalfAttention(), BrainAttention(), DoubleAttention(), ToHalfAttention(), ToHalfNameAttention(), ToBrainAttention(), ToDoubleAttention(), ToDoubleNameAttention(), KeywordAttention(), TypedAttention(), WholeAttention(), LongAttention(), TypedWholeAttention(),])

    def forward(self, query, key, value, mask):
        return sum(part(query, key, value, mask) for part in self.parts)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
