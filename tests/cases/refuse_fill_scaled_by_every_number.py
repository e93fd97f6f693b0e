import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "a fill is scaled to nothing, or turned round, by a number that follows from the source"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class QuotientAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 / 1e6)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ProductAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1e-3 * 1e-3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DifferenceAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 - 0.999999)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RaisedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (10.0 ** -6)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1e-6 + 1e-7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeSumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 + -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeDifferenceAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 - 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeProductAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 * -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeQuotientAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.0 / -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(1e-6).to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([QuotientAttention(), ProductAttention(), DifferenceAttention(), RaisedAttention(), SumAttention(), NegativeSumAttention(), NegativeDifferenceAttention(), NegativeProductAttention(), NegativeQuotientAttention(), CastAttention()])

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
