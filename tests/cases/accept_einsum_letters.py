import torch
from torch import nn

EXPECT = "generated"
WHY = "other letters, blanks, upper case"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("n h I x, n h J x -> n h I J", query, key)
        probs = scores.softmax(dim=3)
        return torch.einsum("nhIJ,nhJx->nhIx", probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
