import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are cast to float16 where the scores are not float16"

class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if scores.dtype != torch.float64:
            weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(torch.float16).to(value.dtype)
        else:
            weights = torch.softmax(scores, dim=-1)
        return torch.matmul(weights, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
