import torch
from torch import nn

EXPECT = "either"
WHY = "two products side by side under one softmax"


class Attention(nn.Module):
    def forward(self, query, key, value):
        first = torch.matmul(query, key.transpose(-1, -2))
        second = torch.matmul(query, value.transpose(-1, -2))
        probs = torch.cat([first, second], dim=-1).softmax(-1)
        return torch.matmul(probs, torch.cat([value, key], dim=-2))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
