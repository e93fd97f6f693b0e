import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the scores are filled in one branch, and multiplied with the values as they are behind both"


class Attention(nn.Module):
    def forward(self, query, key, value, masked=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if masked is not None:
            scores = scores.masked_fill(masked, float(torch.finfo(scores.dtype).min))
            weights = torch.softmax(scores, dim=-1)
        else:
            weights = torch.softmax(scores, dim=-1)
        return torch.matmul(weights, value) + torch.matmul(scores.clamp(min=-3.0), value)


def examples():
    torch.manual_seed(0)
    for wanted in (True, False):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        masked = torch.zeros(2, 1, 1, 5, dtype=torch.bool)
        masked[0, ..., 3:] = True
        yield Attention(), (query, key, value, masked if wanted else None), {}


def example():
    return next(examples())
