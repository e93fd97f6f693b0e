import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "keys and values are put behind those of a cache"


class Attention(nn.Module):
    def forward(self, query, key, value, past=None):
        if past is not None:
            key = torch.cat([past[0], key], dim=-2)
            value = torch.cat([past[1], value], dim=-2)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), (key, value)


def examples():
    torch.manual_seed(0)
    for cached, new in ((0, 5), (4, 3), (6, 1)):
        query, key, value = (2.0 * torch.randn(2, 2, new, 8) for _ in range(3))
        past = tuple(2.0 * torch.randn(2, 2, cached, 8) for _ in range(2)) if cached else None
        yield Attention(), (query, key, value, past), {}


def example():
    return next(examples())
