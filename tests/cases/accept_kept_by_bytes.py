import math

import torch
from torch import nn

EXPECT = 'generated'
WHY = 'torch.where takes bytes for a condition, of which ~ is never zero'


class FunctionAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = torch.where(keep.to(torch.uint8), scores, -1e9)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MethodAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.where(keep.to(torch.uint8), torch.tensor(-1e9))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (FunctionAttention, MethodAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
