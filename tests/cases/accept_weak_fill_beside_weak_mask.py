import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "a fill and an additive mask of one number count side by side in a row that they hide together"


class Attention(nn.Module):
    def forward(self, query, key, value, keep, hide):
        scores = query @ key.transpose(-1, -2)
        scores = scores.masked_fill(~keep, -1e4)
        scores = scores - 1e4 * keep.float() * hide
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        hide = (torch.arange(queries) == 0).float()[:, None]
        yield Attention(), (query, key, value, keep, hide), {}


def example():
    return next(examples())
