import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "Transformer-XL: the product with positions is shifted, then added"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Parameter(torch.randn(2, 1, 8))
        self.v = nn.Parameter(torch.randn(2, 1, 8))
        self.positions = nn.Parameter(torch.randn(12, 8))

    def shift(self, x):
        batch, heads, queries, keys = x.shape
        x = torch.cat([x.new_zeros(batch, heads, queries, 1), x], dim=-1)
        return x.view(batch, heads, keys + 1, queries)[:, :, 1:].view(batch, heads, queries, keys)

    def forward(self, query, key, value):
        content = torch.matmul(query + self.u, key.transpose(-1, -2))
        positions = torch.matmul(query + self.v, self.positions[: key.size(-2)].t())
        scores = (content + self.shift(positions)) / math.sqrt(8)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
