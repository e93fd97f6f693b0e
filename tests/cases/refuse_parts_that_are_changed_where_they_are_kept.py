import torch
from torch import nn

EXPECT = "refused"
CODES = {"TurnedAttention": "UNKNOWN", "TableAttention": "OPERAND_CHANGED", "FlippedAttention": "OPERAND_CHANGED"}
WHY = "what a module keeps is changed by way of its registers, or is a tensor of a part that descends from one of torch"


class TurnedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalise = nn.Softmax(-1)

    def turn(self):
        self._modules["normalise"].dim = -2

    def forward(self, query, key, value):
        return self.normalise(query @ key.transpose(-1, -2)) @ value


class Linear(nn.Linear):
    def __init__(self):
        super().__init__(8, 8)
        self.register_buffer("table", torch.arange(5.0))

    def flip(self):
        self.table.mul_(-1.0)


class TableAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Linear()

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.part.table
        self.part.table.mul_(-1.0)
        return scores.softmax(-1) @ value


class FlippedAttention(TableAttention):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.part.table
        self.part.flip()
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for make in (TurnedAttention, TableAttention, FlippedAttention):
        yield make(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
