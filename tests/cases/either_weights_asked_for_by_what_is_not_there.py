"""Weights that leave below two conditions, of which the inner one is an error without the outer one."""

import math

import torch
from torch import nn

EXPECT = "either"
WHY = "whether the cache is wide is asked only where the result is not of the mask's dtype"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, cache=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1)) + mask
        probs = torch.softmax(scores, dim=-1)
        out = torch.matmul(probs, value)
        if out.dtype != mask.dtype:
            if cache.dtype == torch.float64:
                return out, probs
        return out, None


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
