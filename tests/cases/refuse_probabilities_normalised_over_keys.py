import torch
from torch import nn

EXPECT = "refused"
WHY = "a softmax over the queries, and then a sum of one over the keys"


class Attention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-2)
        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-8)
        return torch.matmul(weights, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
