import torch
from torch import einsum, nn

EXPECT = "generated"
WHY = "an f-string without anything in braces is a string like another"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = einsum(f"b h i d, b h j d -> b h i j", query, key) * 0.3  # noqa: F541
        weights = scores.softmax(dim=-1)
        return einsum(f"b h i j, " "b h j d -> b h i d", weights, value)  # noqa: F541, ISC001


def examples():
    torch.manual_seed(0)
    for queries, keys in ((5, 5), (1, 6), (4, 7)):
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
