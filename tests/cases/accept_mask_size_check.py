import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the size of the mask is checked, and a wrong one raises"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            if mask.size() != (scores.shape[0], 1, scores.shape[2], scores.shape[3]):
                raise ValueError(f"mask of size {tuple(mask.size())}")
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for size in ((2, 1, 5, 5), (2, 1, 1, 5), None):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, None if size is None else torch.randn(size)), {}


def example():
    return next(examples())
