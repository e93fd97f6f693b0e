import torch
from torch import nn

EXPECT = "refused"
WHY = "which axis it is stands nowhere"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        axis = 0 if query.size(0) > 1 else 1
        scores = scores / scores.size(axis)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
