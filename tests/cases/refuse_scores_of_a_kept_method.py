import math

import torch
from torch import nn

EXPECT = "refused"
CODE = "UNKNOWN"
WHY = "which method makes the scores the constructor decides, and another brings them to the values"


class ChoosingAttention(nn.Module):
    def __init__(self, plain=True):
        super().__init__()
        self.table = nn.Parameter(torch.randn(5, 5))
        if plain:
            self.score = self.plain_score
        else:
            self.score = self.placed_score

    def plain_score(self, query, key):
        return torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))

    def placed_score(self, query, key):
        return torch.matmul(query, key.transpose(-2, -1)) + self.table

    def attended(self, value, scores, mask):
        weights = torch.softmax(scores.masked_fill(mask, float("-inf")), dim=-1)
        return torch.matmul(weights, value)

    def forward(self, query, key, value, mask):
        scores = self.score(query, key)
        return self.attended(value, scores, mask)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return ChoosingAttention(), (query, key, value, torch.zeros(5, 5, dtype=torch.bool)), {}
