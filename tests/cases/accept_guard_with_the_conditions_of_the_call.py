"""A lost branch that asks something of what is there on the way to the call alone."""

import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the guard asks whether there is a cache before it asks for its length"


class Attention(nn.Module):
    def forward(self, query, key, value, cache=None):
        if cache is None:
            return value
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if cache.shape[-2] > 5:
            scores = torch.tanh(scores)
        scores = scores + cache
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
