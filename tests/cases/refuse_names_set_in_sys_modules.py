import sys
import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = "a module's names are set through sys.modules"


LOWEST = -1e9
sys.modules[__name__].LOWEST = -1.0


class GlobalAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(~keep, LOWEST)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (GlobalAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
