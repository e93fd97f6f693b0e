import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a causal mask made in the method"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        causal = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(causal, float("-inf"))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
