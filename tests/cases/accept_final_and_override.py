import torch
from torch import nn

EXPECT = "generated"
WHY = "decorators for type checkers give back what they are given"


import typing

from typing_extensions import override


class Attention(nn.Module):
    @override
    @typing.final
    def forward(self, query, key, value):
        return self.mixed(query, key, value)

    @typing.no_type_check
    def mixed(self, query, key, value):
        return (query @ key.transpose(-1, -2) / 3.0).softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
