import math

import torch
from torch import nn

EXPECT = "either"
WHY = "one branch of a config flag has a tanh"


class Attention(nn.Module):
    def __init__(self, softcap=None):
        super().__init__()
        self.softcap = softcap

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if self.softcap is not None:
            scores = self.softcap * torch.tanh(scores / self.softcap)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for softcap in (None, 2.0):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(softcap), (query, key, value), {}


def example():
    return next(examples())
