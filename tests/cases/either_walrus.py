import math

import torch
from torch import nn

EXPECT = "either"
WHY = "expressible, refused with a reason today: an assignment inside an expression"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax((scores := torch.matmul(query, key.transpose(-1, -2))) / math.sqrt(8), dim=-1)
        del scores
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
