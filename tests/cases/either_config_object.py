import types

import torch
from torch import nn

EXPECT = "either"
WHY = "numbers and flags come from a config object"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = types.SimpleNamespace(scale=True, width=8, p=0.3)
        self.dropout = nn.Dropout(self.config.p)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.config.scale:
            scores = scores / self.config.width**0.5
        probs = self.dropout(scores.softmax(-1))
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
