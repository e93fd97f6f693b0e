import math

import torch
from torch import nn

EXPECT = "either"
WHY = "an attribute is set under a computed name"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5
        for name in ("sca" + "le",):
            setattr(self, name, torch.rand(6))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale[: key.size(-2)]
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 6), (1, 3, 4), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
