import torch
from torch import nn

EXPECT = "refused"
WHY = "what abs, sum, max and comparisons make of tensors are tensors, which are changed in place behind their use"


class AbsAttention(nn.Module):
    def forward(self, query, key, value, distance):
        penalty = abs(distance)
        scores = torch.matmul(query, key.transpose(-1, -2)) + penalty
        penalty.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SumAttention(nn.Module):
    def forward(self, query, key, value, distance):
        penalty = sum([distance, distance])
        scores = torch.matmul(query, key.transpose(-1, -2)) + penalty
        penalty.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class GreatestAttention(nn.Module):
    def forward(self, query, key, value, distance):
        penalty = max(distance.sum(), distance.amax())
        scores = torch.matmul(query, key.transpose(-1, -2)) * penalty
        penalty.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ComparedAttention(nn.Module):
    def forward(self, query, key, value, distance):
        preferred = distance.mT > 1.0
        scores = torch.matmul(query, key.transpose(-1, -2)) + preferred
        preferred.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    distance = 3.0 * torch.randn(2, 1, 5, 5)
    return [(kind(), (query, key, value, distance.clone()), {}) for kind in (AbsAttention, SumAttention, GreatestAttention, ComparedAttention)]
