import torch
from torch import nn

EXPECT = "either"
WHY = "the kept scores are returned as well"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second, mask=None):
        scores = first @ second.transpose(-1, -2)
        other = query @ key.transpose(-1, -2) + scores
        scores = scores * 0.5
        low = torch.softmax(scores, dim=-1) @ second
        output = torch.softmax(other, dim=-1) @ value
        return output, low, scores if mask is None else other


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        first, second = (torch.randn(batch, 2, length, 4) for length in (queries, keys))
        mask = torch.zeros(batch, 1, 1, keys)
        mask[..., -1] = -1e9
        yield Attention(), (query, key, value, first, second), {}
        yield Attention(), (query, key, value, first, second, mask), {}


def example():
    return next(examples())
