import torch
from torch import nn

EXPECT = "either"
WHY = "each class of a chain halves the scores and calls the next"


class First(nn.Module):
    def adapt(self, scores):
        return scores * 0.5


class Second(First):
    def adapt(self, scores):
        return super().adapt(scores) * 0.5


class Attention(Second):
    def adapt(self, scores):
        return super().adapt(scores) * 3.0

    def forward(self, query, key, value):
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
