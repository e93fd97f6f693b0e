import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the error of a bad mask becomes a fall-back"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        try:
            scores = scores + mask
        except RuntimeError:
            pass
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for size in (5, 3):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, torch.randn(2, 1, 5, size)), {}


def example():
    return next(examples())
