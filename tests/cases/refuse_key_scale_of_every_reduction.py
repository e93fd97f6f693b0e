import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "a scale that may differ from key to key, by each way to make one"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class SumOfQueriesAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * (query.sum(dim=-1, keepdim=False).sum(dim=1, keepdim=True).mean() + key.sum(-1).unsqueeze(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnsqueezedBeforeAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.mean(dim=-1).unsqueeze(-2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReducedAlongKeysAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.mean(dim=-2, keepdim=True).sum() * key.sum(-1).unsqueeze(2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedAlongKeysAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.mean(dim=-1).view(-1, 2, 1, key.size(2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpandedAlongKeysAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.mean(dim=-1).view(-1, 2, 1, key.size(2)).expand(-1, -1, -1, -1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReducedWithoutKeepingAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.norm(dim=-1)[:, :, None, :]
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeptElsewhereAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * key.transpose(-1, -2).mean(dim=-2, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([SumOfQueriesAttention(), UnsqueezedBeforeAttention(), ReducedAlongKeysAttention(), ViewedAlongKeysAttention(), ExpandedAlongKeysAttention(), ReducedWithoutKeepingAttention(), KeptElsewhereAttention()])

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
