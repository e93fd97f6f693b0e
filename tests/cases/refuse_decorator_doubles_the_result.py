import functools
import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a decorator changes the result of the helper that maps the scores"


def capped(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return torch.tanh(function(*args, **kwargs))

    return inner


class Attention(nn.Module):
    @capped
    def adapt(self, scores):
        return scores * 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.adapt(scores)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
