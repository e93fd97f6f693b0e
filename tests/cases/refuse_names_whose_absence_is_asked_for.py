import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a name that may not exist is asked for in a `try`, or is read when the method is defined"
CODES = {"TryingAttention": "NAME", "DefaultAttention": "NAME"}

try:
    from a_package_that_nobody_has import attend_fast
except ImportError:
    pass
try:
    from torch import Tensor as Kept
except ImportError:
    pass


class TryingAttention(nn.Module):
    def forward(self, query, key, value):
        try:
            return attend_fast(query, key, value)
        except NameError:
            pass
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DefaultAttention(nn.Module):
    def forward(self, query: Kept, key, value, kind=Kept):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([TryingAttention(), DefaultAttention()])

    def forward(self, query, key, value):
        return sum(part(query, key, value) for part in self.parts)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Model(), (query, key, value), {}
