import torch
from torch import nn

EXPECT = "generated"
WHY = "the query is of float32 by what turned it, and over one key an einsum promotes; every sample has one"
EVERY = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        turn = torch.arange(8, dtype=torch.float32).cos()
        query, key = query * turn, key * turn
        weights = torch.einsum("bhqd,bhkd->bhqk", query, key).softmax(dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", weights, value)


def examples():
    torch.manual_seed(0)
    for batch, queries in ((2, 5), (1, 1)):
        query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, 1, 1))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
