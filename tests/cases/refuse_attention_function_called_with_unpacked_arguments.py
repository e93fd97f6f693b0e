"""An attention function whose arguments are a tuple of unknown length."""

import torch
from torch import nn

EXPECT = "refused"
WHY = "which of the unpacked tensors is the query is not said"
CODE = "CALL"


def mixed(module, query, key, value, scaling):
    weights = torch.softmax(query @ key.transpose(-1, -2) * scaling, dim=-1)
    return weights @ value, weights


class Attention(nn.Module):
    def forward(self, *inputs):
        return mixed(self, *inputs, 0.3)[0]


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
