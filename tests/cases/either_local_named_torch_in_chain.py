import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a local variable is called torch where generated code needs the module"


class Attention(nn.Module):
    def forward(self, query, key, value):
        product = query @ key.transpose(-1, -2)
        torch = product.masked_fill(product.new_ones(key.size(-2)).cumsum(-1) > 4, -1e9)
        return torch.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
