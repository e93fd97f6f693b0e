from math import *
from typing import *

import torch
from torch import nn

EXPECT = "generated"
WHY = "which names an import of all names binds is read of the module"


class Attention(nn.Module):
    def forward(self, query, key, value, mask: Optional[torch.Tensor] = None):
        scores = query @ key.transpose(-1, -2) / sqrt(query.size(-1))
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -inf)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value), {}
    yield Attention(), (query, key, value, torch.ones(5, 5).tril()), {}


def example():
    return next(examples())
