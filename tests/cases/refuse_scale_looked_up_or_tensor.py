from types import SimpleNamespace

import torch
from torch import nn

EXPECT = "refused"
WHY = "where the config's table has no scale, there is one for each key"


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = config.table.get("scale", torch.arange(5.0))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for table in ({}, {"scale": 0.5}):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(SimpleNamespace(table=table)), (query, key, value), {}


def example():
    return next(examples())
