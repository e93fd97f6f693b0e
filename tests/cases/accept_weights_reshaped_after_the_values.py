import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "the returned weights are viewed and averaged after they met the values"

class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        weights = torch.softmax(scores, dim=-1)
        output = torch.matmul(weights, value)
        batch, heads, rows, _ = output.shape
        weights = weights.view(batch * heads, rows, -1)
        return output, weights.mean(dim=0).unsqueeze(0)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
