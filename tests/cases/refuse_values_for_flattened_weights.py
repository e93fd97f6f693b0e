import torch
from torch import nn

EXPECT = "refused"
WHY = "a softmax over heads and keys together, and values for it"


class Attention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.matmul(query, key.transpose(-1, -2)).transpose(1, 2)
        weights = torch.softmax(weights.flatten(2), dim=-1).view(weights.size())
        return torch.matmul(weights.transpose(1, 2), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
