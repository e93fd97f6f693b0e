import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "-1e9 takes the place of scores beyond its own rounding"


class Attention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = torch.where(keep == 1, 20.0 * scores, torch.tensor(-1e9))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (9.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[:, :, 0] = False
        keep = keep.long()
        yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
