"""A local name for one of two functions, of which one holds an attention."""

import torch
from torch import nn

EXPECT = "refused"
WHY = "which function is called is decided at run time"
CODE = "CALL"


def mixed(module, query, key, value, scaling):
    weights = torch.softmax(query @ key.transpose(-1, -2) * scaling, dim=-1)
    return weights @ value, weights


def copied(module, query, key, value, scaling):
    return value * scaling, None


class Attention(nn.Module):
    def forward(self, rows, columns, contents, short=False):
        attend = mixed
        if short:
            attend = copied
        return attend(self, rows, columns, contents, 0.3)[0]


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
