from types import SimpleNamespace

import torch
from torch import nn

EXPECT = "generated"
WHY = "a scale that a function takes from a table of the config, with a default"


def corrected(table, scale):
    if table.get("kind", "default") != "default":
        every = table.get("every", 0)
        if every:
            scale = scale * table["factor"] * every
    return scale


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = corrected(config.table, config.size**-0.5)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for table in ({}, {"kind": "other"}, {"kind": "other", "every": 1.5, "factor": 0.4}):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(SimpleNamespace(table=table, size=8)), (query, key, value), {}


def example():
    return next(examples())
