"""An attention function that is called by a local name."""

import torch
from torch import nn

EXPECT = "generated"
WHY = "the local name means the module's function"


def mixed(module, query, key, value, scaling):
    weights = torch.softmax(query @ key.transpose(-1, -2) * scaling, dim=-1)
    return weights @ value, weights


class Attention(nn.Module):
    def forward(self, rows, columns, contents):
        attend = mixed
        return attend(self, rows, columns, contents, 0.3)[0]


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
