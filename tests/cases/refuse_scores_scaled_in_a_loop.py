import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "each pass scales the scores too"


class Attention(nn.Module):
    def forward(self, query, key, value, biases):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        for bias in biases:
            scores = (scores + bias) * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., :2] = torch.finfo(torch.float32).min
        biases = [padding, torch.randn(2, queries, keys), torch.randn(batch, 1, queries, keys)]
        for count in (0, 1, 3):
            yield Attention(), (query, key, value, biases[:count]), {}


def example():
    return next(examples())
