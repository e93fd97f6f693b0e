import torch
from torch import nn

EXPECT = "refused"
CODE = "WEIGHTS"
WHY = "a dropout in place, or one of two, changes the weights that are returned"


class SingleAttention(nn.Module):
    def __init__(self, inplace=True):
        super().__init__()
        self.dropout = nn.Dropout(0.5, inplace=True)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(self.dropout(weights), value)
        return context, weights


class FunctionalAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(nn.functional.dropout(weights, 0.5, self.training, inplace=True), value)
        return context, weights


class BuiltAttention(nn.Module):
    def __init__(self, inplace=True):
        super().__init__()
        if inplace:
            self.dropout = nn.Dropout(0.5, inplace=True)
        else:
            self.dropout = nn.Dropout(0.5)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(self.dropout(weights), value)
        return context, weights


class TurnedAttention(nn.Module):
    def __init__(self, plain=False):
        super().__init__()
        if plain:
            self.dropout = nn.Dropout(0.5)
        else:
            self.dropout = nn.Dropout(0.5, inplace=True)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        context = torch.matmul(self.dropout(weights), value)
        return context, weights


class ChosenAttention(nn.Module):
    def __init__(self, plain=False):
        super().__init__()
        self.plain = plain
        self.once = nn.Dropout(0.5)
        self.here = nn.Dropout(0.5, inplace=True)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        dropout = self.once if self.plain else self.here
        context = torch.matmul(dropout(weights), value)
        return context, weights


def examples():
    torch.manual_seed(0)
    for kind in (SingleAttention, FunctionalAttention, BuiltAttention, TurnedAttention, ChosenAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
