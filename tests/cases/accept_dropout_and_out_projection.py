import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "dropout on the probabilities, another on the result"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn_dropout = nn.Dropout(0.3)
        self.resid_dropout = nn.Dropout(0.2)
        self.out = nn.Linear(8, 8)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        probs = self.attn_dropout(probs)
        return self.resid_dropout(self.out(torch.matmul(probs, value)))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
