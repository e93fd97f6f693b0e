import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'to ask the test once more at the first line would count once more'
CODE = 'ESCAPE'


class CountingAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0.5

    @property
    def counted(self):
        self.count = self.count * 4
        return self.count

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if self.counted > 1:
            scores = torch.tanh(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (CountingAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
