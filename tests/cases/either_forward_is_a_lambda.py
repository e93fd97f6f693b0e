import torch
from torch import nn

EXPECT = "either"
WHY = "forward is a lambda"


class Attention(nn.Module):
    forward = lambda self, query, key, value: (query @ key.transpose(-1, -2)).softmax(-1) @ value  # noqa: E731


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
