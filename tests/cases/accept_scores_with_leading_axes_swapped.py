import torch
from torch import nn

EXPECT = "generated"
WHY = "the operands are brought into the order that the scores get"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key).permute(1, 0, 2, 3)
        return torch.einsum("hbqk,bhkd->bhqd", scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
