import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper that only it can say is given transposed scores: it is written out"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(7, 5))

    def masked(self, scores):
        length = scores.size(-1)
        table = self.table[:, :length]
        for _ in range(2):
            table = table * 2
        return scores.masked_fill(table > 0, -1e9)

    def forward(self, query, key, value):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.masked(scores)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
