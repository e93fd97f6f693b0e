import torch
from torch import nn

EXPECT = "generated"
WHY = "alibi.baddbmm with beta and alpha"
TERMS = 1


class Attention(nn.Module):
    def forward(self, query, key, value, alibi):
        scores = alibi.baddbmm(batch1=query, batch2=key.transpose(1, 2), beta=0.7, alpha=0.3)
        probs = scores.softmax(-1)
        return torch.bmm(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((4, 5, 5), (2, 3, 7), (6, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value, torch.randn(batch, 1, keys)), {}


def example():
    return next(examples())
