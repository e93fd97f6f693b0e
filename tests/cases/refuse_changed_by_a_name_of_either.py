import torch
from torch import nn

EXPECT = "refused"
CODES = {"FirstAttention": "OPERAND_CHANGED", "SecondAttention": "OPERAND_CHANGED", "BranchAttention": "OPERAND_CHANGED"}
WHY = "a name that holds one tensor or another may be the one that the attention reads, on whichever side it stands"


class FirstAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        query = query * 0.5
        other = query if flag else torch.ones(3)
        scores = query @ key.transpose(-1, -2)
        other.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


class SecondAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        query = query * 0.5
        other = torch.ones(3) if flag else query
        scores = query @ key.transpose(-1, -2)
        other.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


class BranchAttention(nn.Module):
    def forward(self, query, key, value, flag=False):
        query = query * 0.5
        if flag:
            other = query
        else:
            other = torch.ones(3)
        scores = query @ key.transpose(-1, -2)
        other.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for attention in (FirstAttention, SecondAttention, BranchAttention):
        for flag in (False, True):
            yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {"flag": flag}


def example():
    return next(examples())
