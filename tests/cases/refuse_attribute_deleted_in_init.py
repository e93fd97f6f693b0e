import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'the attribute is deleted again, and the class has another'
CODE = 'FILL_UNKNOWN'


class DeletedAttention(nn.Module):
    lowest = -1.0

    def __init__(self):
        super().__init__()
        self.lowest = -1e9
        del self.lowest

    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(~keep, self.lowest)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (DeletedAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
