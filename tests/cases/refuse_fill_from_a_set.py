import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a set gives its items in an order of its own'
CODE = 'FILL_UNKNOWN'


class SetAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        weak, lowest = {-5.0, -1e9}
        assert weak
        scores = scores.masked_fill(~keep, lowest)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (SetAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
