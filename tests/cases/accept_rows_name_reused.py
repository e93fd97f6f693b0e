import torch
from torch import nn

EXPECT = "generated"
WHY = "one name for product, scores and probabilities"


class Attention(nn.Module):
    def forward(self, query, key, value):
        x = query @ key.transpose(-1, -2)
        x = x / 3.0
        x = x.softmax(-1)
        x = x @ value
        return x


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
