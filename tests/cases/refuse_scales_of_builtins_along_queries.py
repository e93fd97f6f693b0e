import numpy

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'builtins and numpy make tensors of tensors and arrays, which are no numbers'
CODES = {'AbsAttention': 'SCALE_SHAPE', 'SumAttention': 'SCALE_SHAPE', 'ArrayAttention': 'SCALE_SHAPE'}


class AbsAttention(nn.Module):
    def forward(self, query, key, value, gate):
        scores = torch.matmul(key, query.transpose(-1, -2)) * abs(gate)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


class SumAttention(nn.Module):
    def forward(self, query, key, value, gate):
        scores = torch.matmul(key, query.transpose(-1, -2)) * sum([gate, gate])
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


class ArrayAttention(nn.Module):
    def forward(self, query, key, value, gate):
        scores = torch.matmul(key, query.transpose(-1, -2)) * torch.tensor(numpy.linspace(1.0, 2.0, key.size(2)), dtype=query.dtype)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def examples():
    torch.manual_seed(0)
    for kind in (AbsAttention, SumAttention, ArrayAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.rand(5) + 0.5), {}
