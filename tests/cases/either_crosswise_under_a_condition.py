import torch
from torch import nn

EXPECT = "either"
WHY = "one attention takes the scores of the other under a condition only"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second, mask=None):
        scores = first @ second.transpose(-1, -2)
        other = query @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
            other = other + scores
        low = torch.softmax(scores, dim=-1) @ second
        return torch.softmax(other * 0.5, dim=-1) @ value, low


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
