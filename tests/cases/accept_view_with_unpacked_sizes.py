import torch
from torch import nn

EXPECT = "generated"
WHY = "view(*sizes) is view(sizes), of the scores as of the probabilities"


class FoldedAttention(nn.Module):
    def forward(self, query, key, value, hidden=None):
        length, batch, heads, width = query.shape
        sizes = (batch, heads, length, key.size(0))
        folded = [part.reshape(part.size(0), batch * heads, width).transpose(0, 1) for part in (query, key, value)]
        first, second, third = folded
        scores = torch.bmm(first, second.transpose(1, 2)) * width**-0.5
        scores = scores.view(*sizes)
        if hidden is not None:
            scores = scores.masked_fill(hidden, float("-inf"))
        weights = scores.softmax(dim=-1)
        weights = weights.view(sizes[0] * sizes[1], sizes[2], -1)
        met = torch.bmm(weights, third)
        return met.view(batch, heads, length, width).permute(2, 0, 1, 3).flatten(2)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(length, batch, 2, 8) for length in (queries, keys, keys))
        hidden = torch.zeros(batch, 1, 1, keys, dtype=torch.bool)
        hidden[0, ..., -2:] = True
        yield FoldedAttention(), (query, key, value), {}
        yield FoldedAttention(), (query, key, value), {"hidden": hidden}


def example():
    return next(examples())
