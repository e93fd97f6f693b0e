import torch
from torch import nn

EXPECT = "generated"
WHY = "a fill of -inf is lifted to the smallest number, so that wholly masked rows are uniform and not empty"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        scores = scores.masked_fill(mask, float("-inf"))
        scores = torch.clamp(scores, min=torch.finfo(scores.dtype).min)
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.zeros(batch, 1, queries, keys, dtype=torch.bool)
        mask[..., 0, :] = True
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
