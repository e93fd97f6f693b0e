import math

import torch
from torch import nn

EXPECT = "either"
WHY = "a hook is set before the module becomes a member"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        drop = nn.Dropout(0.0)
        drop.register_forward_hook(lambda module, args, output: output * 0.5)
        self.drop = drop

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(self.drop(scores.softmax(-1)), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
