import torch
from torch import nn

EXPECT = "refused"
WHY = "the maximum over queries is subtracted, and the softmax runs over keys"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = key @ query.transpose(-1, -2)
        scores = scores - scores.amax(dim=-1, keepdim=True)
        probs = scores.softmax(-2).transpose(-1, -2)
        return probs @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
