import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "each branch has a softmax of its own; the masked one fills before it and zeroes after it"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.3)

    def forward(self, query, key, value, keep=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if keep is not None:
            masked = keep.unsqueeze(1).eq(0)
            scores = scores.masked_fill(masked, float(torch.finfo(scores.dtype).min))
            weights = torch.softmax(scores, dim=-1).masked_fill(masked, 0.0)
        else:
            weights = torch.softmax(scores, dim=-1)
        weights = self.dropout(weights)
        return torch.matmul(weights, value), weights


def examples():
    torch.manual_seed(0)
    for wanted in (True, False):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.ones(2, 1, 5, dtype=torch.long)
        keep[0, :, 3:] = 0
        yield Attention(), (query, key, value, keep if wanted else None), {}


def example():
    return next(examples())
