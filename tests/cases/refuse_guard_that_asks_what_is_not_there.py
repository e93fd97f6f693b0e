"""A lost branch below a condition that is known at the scores alone."""

import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "upstream asks for the cache's dtype only below a condition that cannot be asked where the method begins"
CODE = "ESCAPE"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, cache=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if scores.dtype != mask.dtype:
            if cache.dtype == torch.float64:
                scores = torch.tanh(scores)
        probs = torch.softmax(scores + mask, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
