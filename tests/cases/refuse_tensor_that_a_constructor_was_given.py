import torch
from torch import nn

EXPECT = "refused"
WHY = "what a constructor was given is changed through what a function made of it, behind the scores that it was added to"
CODES = {"DefaultAttention": "OPERAND_CHANGED"}


class DefaultAttention(nn.Module):
    def __init__(self, table, other):
        super().__init__()
        self.table = table
        self.other = other

    def forward(self, query, key, value, options):
        scores = query @ key.transpose(-1, -2) + self.table
        other = options.get("table", self.other)
        other.add_(torch.arange(key.size(-2)))
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries in ((2, 5), (1, 1)):
        query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, 7, 7))
        table = torch.randn(7)
        yield DefaultAttention(table, table), (query, key, value, {}), {}


def example():
    return next(examples())
