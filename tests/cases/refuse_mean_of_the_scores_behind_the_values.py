import torch
from torch import nn

EXPECT = "refused"
CODE = "NONLINEAR"
WHY = "a constant of all scores is read behind the product with V, where no scores are any more"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.zeros(1)
        scores = torch.matmul(query, key.transpose(-1, -2))
        context = torch.matmul(torch.softmax(scores, dim=-1), value)
        return context * scores.mean()


class LargestAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        context = torch.matmul(torch.softmax(scores, dim=-1), value)
        return context * scores.max()


def examples():
    torch.manual_seed(0)
    for kind in (Attention, LargestAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield kind(), (query, key, value), {}


def example():
    return next(examples())
