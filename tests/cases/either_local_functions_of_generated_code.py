import math

import torch
from torch import nn

EXPECT = "either"
WHY = "local variables have the names of functions of generated code"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)

    def forward(self, query, key, value):
        scores_shape = query.shape
        dropout_probability = 3.0
        weights_requested = value * dropout_probability
        scores = query @ key.transpose(-1, -2)
        scores = scores.view(1, *scores.shape) + scores_shape[-1]
        probs = self.dropout(scores.softmax(-1))[0]
        return probs @ weights_requested


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
