import torch
from torch import nn

EXPECT = "generated"
WHY = "operands in a list, and value first"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", [query, key])
        probs = scores.softmax(-1)
        return torch.einsum("bhkd,bhqk->bhqd", (value, probs))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
