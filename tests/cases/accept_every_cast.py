import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "the scores are cast to a floating dtype, moved or copied"
EVERY = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class FloatAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToFloatAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(torch.float)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToKeywordAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(dtype=torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type(torch.float32)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TypeAsAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.type_as(query)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToDeviceAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(query.device)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToDeviceKeywordAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(device=query.device, dtype=query.dtype, non_blocking=True, copy=False)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ToDtypeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(query.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MemoryAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.contiguous(memory_format=torch.contiguous_format)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CloneAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clone()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CloneMemoryAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.clone(memory_format=torch.preserve_format)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ContiguousAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.contiguous()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([FloatAttention(), ToAttention(), ToFloatAttention(), ToKeywordAttention(), TypeAttention(), TypeAsAttention(), ToDeviceAttention(), ToDeviceKeywordAttention(), ToDtypeAttention(), MemoryAttention(), CloneAttention(), CloneMemoryAttention(), ContiguousAttention()])

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
