import torch
from torch import nn

EXPECT = "refused"
CODES = {"FirstAttention": "OPERAND_CHANGED", "SecondAttention": "OPERAND_CHANGED"}
WHY = "a name that is a view of the query on one side of a branch, and a function on the other, may be the view"


def turned(tensor):
    return tensor.mT


class FirstAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        query = query * 0.5
        other = query.mH if flag else turned
        scores = query @ key.transpose(-1, -2)
        other.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


class SecondAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        query = query * 0.5
        other = turned if flag else query.mH
        scores = query @ key.transpose(-1, -2)
        other.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for attention, flag in ((FirstAttention, True), (SecondAttention, False)):
        yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {"flag": flag}


def example():
    return next(examples())
