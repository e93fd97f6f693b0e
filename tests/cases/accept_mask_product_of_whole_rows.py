import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the product with the mask takes the bias too, and the fill stands alone in a row without keys"


class Attention(nn.Module):
    def forward(self, query, key, value, positions):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        b = torch.tril(torch.ones(scores.shape[-2:]), -1)
        scores = scores + positions
        scores = scores * b - 1e4 * (1 - b)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (9.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        positions = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, positions), {}


def example():
    return next(examples())
