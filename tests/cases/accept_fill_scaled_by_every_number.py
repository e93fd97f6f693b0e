import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "a fill is scaled by a number that follows from the source"
EVERY = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class SumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (0.5 + 0.25)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DifferenceAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (1.5 - 0.25)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ProductAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (0.5 * 3.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class QuotientAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (3.0 / 2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RaisedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * (2.0 ** -0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FloatedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).type(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ClonedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DetachedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).detach()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ContiguousAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).contiguous()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LikeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(mask, -1e9)
        scores = scores * torch.tensor(0.5).type_as(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([SumAttention(), DifferenceAttention(), ProductAttention(), QuotientAttention(), RaisedAttention(), CastAttention(), FloatedAttention(), TypedAttention(), ClonedAttention(), DetachedAttention(), ContiguousAttention(), LikeAttention()])

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
