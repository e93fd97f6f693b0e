import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "a scale for each query, by each way to make one"
EVERY = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))


class SumAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.sum(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MeanAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.mean(-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AmaxAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.amax(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AminAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.amin(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NormAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.norm(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AnywhereAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * (query > 0).any(dim=-1, keepdim=True).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EverywhereAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * (query > -9).all(dim=-1, keepdim=True).float()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnsqueezedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.mean(dim=-1).unsqueeze(-1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.mean(dim=-1).view(-1, 2, query.size(2), 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReshapedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * query.mean(dim=-1).reshape(-1, 2, query.size(2), 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpandedAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * self.temperature.view(1, 2, 1, 1).expand(query.size(0), -1, -1, -1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpandedToOneAttention(Base):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores * self.temperature.expand(query.size(0), 2, 1, 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([SumAttention(), MeanAttention(), AmaxAttention(), AminAttention(), NormAttention(), AnywhereAttention(), EverywhereAttention(), UnsqueezedAttention(), ViewedAttention(), ReshapedAttention(), ExpandedAttention(), ExpandedToOneAttention()])

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
