import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "keyword-only arguments and **kwargs"


class Attention(nn.Module):
    def forward(self, query, *, key, value, mask=None, **kwargs):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query,), {"key": key, "value": value, "other": 1}
    yield Attention(), (query,), {"key": key, "value": value, "mask": torch.randn(5, 5)}


def example():
    return next(examples())
