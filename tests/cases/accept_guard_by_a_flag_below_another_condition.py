"""A lost branch below a condition that is known at the scores alone, by a flag."""

import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a flag can be asked where the condition around it is not met, too"


class Attention(nn.Module):
    def __init__(self, capped=False):
        super().__init__()
        self.capped = capped

    def forward(self, query, key, value, mask, cache=None, strict: bool = False):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if scores.dtype != mask.dtype:
            if self.capped and cache is not None or strict:
                scores = torch.tanh(scores)
        probs = torch.softmax(scores + mask, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
