import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "a fill is scaled by what may be negative or zero"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class LogAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.log(row * row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TanhAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.tanh(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MinusAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) - 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeFactorAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) * -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeTermAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) + -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegativeDivisorAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (torch.exp(row) / -2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExponentAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * (row ** torch.exp(row))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastOfUnknownAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row.to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PlainAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * row
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegatedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * -torch.exp(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SubAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.sub(torch.exp(row), 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReluAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        row = torch.tanh(query).mean(dim=-1, keepdim=True)
        scores = scores * torch.relu(row)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([LogAttention(), TanhAttention(), MinusAttention(), NegativeFactorAttention(), NegativeTermAttention(), NegativeDivisorAttention(), ExponentAttention(), CastOfUnknownAttention(), PlainAttention(), NegatedAttention(), SubAttention(), ReluAttention()])

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
