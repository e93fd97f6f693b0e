import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores' own shape, at once and kept for later"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2)
        scores = scores.view(scores.shape)
        shape = scores.size()
        scores = scores.view(-1, query.size(-2), key.size(-2)) * 0.5
        scores = scores.view(shape) + bias
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        bias = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, bias), {}


def example():
    return next(examples())
