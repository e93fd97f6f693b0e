import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the same line gets a boolean, an integer or a float"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    keep = torch.rand(2, 1, 5, 5) > 0.4
    for mask in (None, keep, keep.long(), keep.float(), -3.0 * keep.double().float(), 2.0, 1):
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
