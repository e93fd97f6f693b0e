import torch
from einops import einsum
from torch import nn

EXPECT = "generated"
WHY = "einops' einsum is torch's with the equation last and words for its axes"


class WordedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = einsum(query, key, "batch head row width, batch head column width -> batch head row column") * 0.4
        return einsum(scores.softmax(dim=-1), value, "b h i j, b h j d -> b h i d")


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield WordedAttention(), (query, key, value), {}


def example():
    return next(examples())
