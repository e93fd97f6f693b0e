import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the helper calls itself"


class Attention(nn.Module):
    def attend(self, scores, value, depth):
        if depth == 0:
            return torch.matmul(scores.softmax(-1), value)
        return self.attend(scores / 2.0, value, depth - 1)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return self.attend(scores, value, 2)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
