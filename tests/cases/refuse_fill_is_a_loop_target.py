import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'what a loop ran over is what its name holds afterwards'
CODE = 'FILL_UNKNOWN'


class LoopAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        lowest = -1e9
        for lowest in (-5.0, -2.0):
            pass
        scores = scores.masked_fill(~keep, lowest)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (LoopAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
