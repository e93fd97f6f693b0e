import torch
from torch import nn

EXPECT = "either"
WHY = "the inner function sees the later value of a name"


class Attention(nn.Module):
    def forward(self, query, key, value):
        factor = 0.5

        def scaled(q, k):
            return torch.matmul(q, k.transpose(-1, -2)) * factor

        factor = 2.0
        scores = scaled(query, key)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
