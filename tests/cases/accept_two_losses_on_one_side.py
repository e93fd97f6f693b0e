"""A side on which the scores are lost one way or the other."""

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WRITTEN = {"CappedAttention": "if self.capped:\n        return super().forward(query, key, value)\n    scale = 0.4"}
NOT_WRITTEN = {"CappedAttention": "self.sharp"}
WHY = "one guard covers the whole side, whatever stands in the way in it"


class CappedAttention(nn.Module):
    def __init__(self, capped=False, sharp=False):
        super().__init__()
        self.capped, self.sharp = capped, sharp

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        if self.capped:
            if self.sharp:
                scores = torch.tanh(scores)
            else:
                scores = torch.sin(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        for capped, sharp in ((False, False), (True, False), (True, True)):
            yield CappedAttention(capped, sharp), (query, key, value), {}


def example():
    return next(examples())
