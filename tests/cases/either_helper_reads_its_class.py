import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a helper that is not copied asks for the class of self"


class Attention(nn.Module):
    def factor(self):
        return 0.25 if type(self) is Attention else 3.0

    def forward(self, query, key, value):
        scale = self.factor()
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value) * scale


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
