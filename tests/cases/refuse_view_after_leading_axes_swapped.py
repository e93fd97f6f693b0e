import torch
from torch import nn

EXPECT = "refused"
WHY = "the operands would be viewed in their own order of axes"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key).permute(1, 0, 2, 3)
        scores = scores.reshape(-1, query.size(-2), key.size(-2))
        return scores.softmax(-1) @ value.transpose(0, 1).flatten(0, 1)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
