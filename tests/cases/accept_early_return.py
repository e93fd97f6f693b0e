import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "an early return where there is nothing to attend to"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        if key.shape[-2] == 1:
            return value.expand(-1, -1, query.shape[-2], -1)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for keys in (5, 1):
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
