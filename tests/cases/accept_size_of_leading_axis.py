import torch
from torch import nn

EXPECT = "generated"
WHY = "sizes of any axis are known without the scores"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2)
        batch, heads = scores.size(0), scores.shape[1]
        scores = scores.view(batch, 1, heads, query.size(-2), key.size(-2)) + bias
        assert scores.dim() == 5
        scores = scores.view(batch, heads, query.size(-2), key.size(-2))
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        bias = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, bias), {}


def example():
    return next(examples())
