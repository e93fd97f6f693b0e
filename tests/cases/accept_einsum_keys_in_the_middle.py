import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores are (batch, query, key, heads) and the softmax stands on dim=2"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bqhd,bkhd->bqkh", query, key) * 0.3
        probs = scores.softmax(dim=2)
        return torch.einsum("bqkh,bkhd->bqhd", probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        yield Attention(), tuple(2.0 * torch.randn(batch, length, 2, 8) for length in (queries, keys, keys)), {}


def example():
    return next(examples())
