import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a flag asks for the scores only"


class Attention(nn.Module):
    def forward(self, query, key, value, scores_only=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if scores_only:
            return scores
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for flag in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {"scores_only": flag}


def example():
    return next(examples())
