import math

import torch
from torch import nn

EXPECT = "either"
WHY = "scores of the last layer are added, and the new ones returned"


class Attention(nn.Module):
    def forward(self, query, key, value, previous=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if previous is not None:
            scores = scores + previous
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), scores


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(Attention() for _ in range(2))

    def forward(self, query, key, value):
        scores = None
        for layer in self.layers:
            query, scores = layer(query, key, value, scores)
        return query


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Outer(), (query, key, value), {}
