import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a constant is stored in a view of the scores, which go on under their first name"


class Attention(nn.Module):
    def forward(self, query, key, value, masked, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        view = scores.transpose(1, 2)
        view[:, 0] = -1e30
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        masked = torch.rand(batch, 2, queries, keys) > 0.7
        masked[..., 0] = False
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., 2:4] = torch.finfo(torch.float32).min
        for mask in (None, padding):
            yield Attention(), (query, key, value, masked, mask), {}


def example():
    return next(examples())
