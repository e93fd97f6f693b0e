import torch
from einops import rearrange
from torch import nn

EXPECT = "refused"
CODE = "TRANSPOSE"
WHY = "a pattern of einops that splits or joins axes is no permutation"


class SplitAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.mT
        scores = rearrange(scores, "b n i (j k) -> b n j (i k)", k=2)
        return scores.softmax(-1) @ value


class SizedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = rearrange(query @ key.mT, "b n i j -> n b i j", b=2)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = torch.randn(2, 2, 2, 8), torch.randn(2, 2, 4, 8), torch.randn(2, 2, 4, 8)
    yield SplitAttention(), (query, key, value), {}
    yield SizedAttention(), (query, key, value), {}


def example():
    return next(examples())
