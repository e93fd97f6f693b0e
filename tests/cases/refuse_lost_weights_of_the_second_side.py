import torch
from torch import nn

EXPECT = "refused"
WHY = "where one side of a test has lost weights and the other has none, what meets the values is attention all the same"
CODES = {"Attention": "NONLINEAR", "SquaredAttention": "PROBABILITIES", "SquaredFirstAttention": "PROBABILITIES"}


class Attention(nn.Module):
    def forward(self, query, key, value, shares=None):
        if shares is not None:
            weights = shares
        else:
            weights = torch.softmax(torch.tanh(torch.matmul(query, key.transpose(-1, -2))), dim=-1)
        return torch.matmul(weights, value)


class SquaredAttention(nn.Module):
    """What is made of weights behind their softmax."""

    def forward(self, query, key, value, shares=None):
        if shares is not None:
            weights = shares
        else:
            weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) ** 2
        return torch.matmul(weights, value)


class SquaredFirstAttention(nn.Module):
    def forward(self, query, key, value, shares=None):
        if shares is None:
            weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1) ** 2
        else:
            weights = shares
        return torch.matmul(weights, value)


def examples():
    for kind in (Attention, SquaredAttention, SquaredFirstAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
