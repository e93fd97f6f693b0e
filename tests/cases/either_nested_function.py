import torch
from torch import nn

EXPECT = "either"
WHY = "the chain stands in a function inside the method"


class Attention(nn.Module):
    def forward(self, query, key, value):
        def attend(q, k, v):
            scores = torch.matmul(q, k.transpose(-1, -2)) * 0.5
            return torch.matmul(scores.softmax(-1), v)

        return attend(query, key, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
