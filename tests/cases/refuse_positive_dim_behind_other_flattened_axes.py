import torch
from torch import nn

EXPECT = "refused"
CODE = "SOFTMAX_AXIS"
WHY = "flattened up to an axis, or from one that is not known, a tensor may have any number of axes"


class EndAttention(nn.Module):
    def forward(self, query, key, value, start=1):
        query, key = query.flatten(0, 1), key.flatten(0, 1)
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=2), value.flatten(0, 1))


class EndOnlyAttention(nn.Module):
    def forward(self, query, key, value, start=1):
        query, key = query.flatten(end_dim=1), key.flatten(end_dim=1)
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=2), value.flatten(0, 1))


class NegativeAttention(nn.Module):
    def forward(self, query, key, value, start=1):
        query, key = query.flatten(-1), key.flatten(-1)
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=2), value)


class GivenAttention(nn.Module):
    def forward(self, query, key, value, start=3):
        query, key = query.flatten(start), key.flatten(start)
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=2), value)


def examples():
    for make in (EndAttention, EndOnlyAttention, NegativeAttention, GivenAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value, 3), {}


def example():
    return next(examples())
