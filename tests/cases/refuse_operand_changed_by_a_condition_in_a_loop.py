import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "a condition inside of a loop, or a loop that may make no pass, is not known at the first line"


class ChosenAttention(nn.Module):
    def forward(self, query, key, value, factors):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        for factor in factors:
            if factor > 2.0:
                query.mul_(factor)
        return torch.softmax(scores, dim=-1) @ value


class LastAttention(nn.Module):
    def forward(self, query, key, value, factors):
        for factor in factors:
            query = query * factor
            scores = query @ key.transpose(-1, -2) * 0.1
            if factor > 2.0:
                for _ in range(2):
                    query.mul_(0.5)
            output = torch.softmax(scores, dim=-1) @ value
        return output


def examples():
    for make in (ChosenAttention, LastAttention):
        for factors in (torch.tensor([1.0, 2.0]), torch.tensor([1.5, 3.0])):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, factors), {}


def example():
    return next(examples())
