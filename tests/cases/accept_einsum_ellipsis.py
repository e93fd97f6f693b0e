import torch
from torch import nn

EXPECT = "generated"
WHY = "an ellipsis for the leading axes"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("...id,...jd->...ij", query, key) * 0.4
        probs = scores.softmax(-1)
        return torch.einsum("...ij,...jd->...id", probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
