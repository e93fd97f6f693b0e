"""Scores of one query, which is a vector, for all keys."""

import torch
from torch import nn

EXPECT = "generated"
WHY = "`vector @ key.T` has the keys in its last axis, as a query with others beside it"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query[0, 0, 0] @ key[0, 0].transpose(-1, -2) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value[0, 0])


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
