import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the weights are kept as an attribute when a flag asks"


class Attention(nn.Module):
    def __init__(self, keep=False):
        super().__init__()
        self.keep = keep
        self.kept = None

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        if self.keep:
            self.kept = probs
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for keep in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(keep), (query, key, value), {}


def example():
    return next(examples())
