import torch
from torch import nn

EXPECT = "refused"
WHY = "what torch.full and the like have made is not what it was, or not what a scalar would be"
CODES = {
    "TrueAttention": "FILL_UNKNOWN",
    "ChangedAttention": "SCALE_SHAPE",
    "ChangedOnesAttention": "SCALE_SHAPE",
    "ZeroAttention": "SCALE_ZERO",
    "LaterAttention": "OPERAND_CHANGED",
    "LaterByBranchAttention": "OPERAND_CHANGED",
}


class TrueAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.masked_fill(hidden, torch.full((), -1e9, dtype=torch.bool))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ChangedAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        weight = torch.full((5, 5), 1.0)
        weight[:, 0] = 0.2
        scores = torch.matmul(query, key.transpose(-1, -2)) * weight
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ChangedOnesAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        weight = torch.ones((5, 5) if flag else (5, 5, 1))
        weight[:, 0] = 0.2
        scores = torch.matmul(query, key.transpose(-1, -2)) * weight
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ZeroAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(hidden, -1e9)
        scores = scores * torch.zeros(())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LaterAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        term = torch.zeros(5, 5)
        scores = torch.matmul(query, key.transpose(-1, -2)) + term
        term[:, 0] = 2.0
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LaterByBranchAttention(nn.Module):
    def forward(self, query, key, value, hidden, flag):
        term = torch.zeros((5, 5) if flag else (2, 1, 5, 5))
        scores = torch.matmul(query, key.transpose(-1, -2)) + term
        term.add_(hidden)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    kinds = (
        TrueAttention,
        ChangedAttention,
        ChangedOnesAttention,
        ZeroAttention,
        LaterAttention,
        LaterByBranchAttention,
    )
    for kind in kinds:
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.arange(5) > 2, True), {}


def example():
    return next(examples())
