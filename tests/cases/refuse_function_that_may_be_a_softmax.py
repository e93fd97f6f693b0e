from functools import partial

import torch
from torch import nn

EXPECT = "refused"
WHY = "the product goes through what may be a softmax, or the softmax comes to the values in no product of matrices"
CODES = {"PartialAttention": "UNKNOWN", "ChosenAttention": "UNKNOWN", "SummedAttention": "NO_PRODUCT", "SigmoidAttention": "NO_SOFTMAX"}
SAYS = {
    "PartialAttention": "goes through `self.norm`",
    "ChosenAttention": "goes through `self.norm`",
    "SummedAttention": "comes to the values in",
}


class PartialAttention(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        self.norm = partial(torch.softmax, dim=-1)

    def forward(self, states):
        query, key, value = self.query(states), self.key(states), self.value(states)
        scores = torch.bmm(query, key.transpose(1, 2))
        return torch.bmm(self.norm(scores), value)


class ChosenAttention(nn.Module):
    def __init__(self, dim=8, kind="softmax"):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        self.norm = nn.Softmax(dim=-1) if kind == "softmax" else nn.Sigmoid()

    def forward(self, states):
        query, key, value = self.query(states), self.key(states), self.value(states)
        scores = torch.bmm(query, key.transpose(1, 2))
        return torch.bmm(self.norm(scores), value)


class SummedAttention(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))

    def forward(self, states):
        query, key, value = self.query(states), self.key(states), self.value(states)
        weights = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return (weights.unsqueeze(-1) * value.unsqueeze(1)).sum(dim=2)


class SigmoidAttention(PartialAttention):
    def __init__(self, dim=8):
        super().__init__(dim)
        self.dropout = nn.Dropout(0.1)

    def forward(self, states):
        query, key, value = self.query(states), self.key(states), self.value(states)
        scores = torch.sigmoid(torch.bmm(query, key.transpose(1, 2)))
        return torch.bmm(self.dropout(scores), value)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([PartialAttention(), ChosenAttention(), SummedAttention(), SigmoidAttention()])

    def forward(self, states):
        return sum(part(states) for part in self.parts)


def example():
    torch.manual_seed(0)
    return Block(), (torch.randn(2, 5, 8),), {}
