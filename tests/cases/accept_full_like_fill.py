import torch
from torch import nn

EXPECT = "generated"
WHY = "the fill is spelled as a tensor of the scores' shape"


class Attention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = query @ key.transpose(-1, -2)
        scores = torch.where(keep, scores, torch.full_like(scores, torch.finfo(scores.dtype).min))
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        keep = torch.rand(batch, 1, queries, keys) > 0.4
        keep[:, :, 0] = False
        yield Attention(), (query, key, value, keep), {}


def example():
    return next(examples())
