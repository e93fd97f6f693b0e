import torch
from torch import nn

EXPECT = "generated"
WHY = "two products, each the bias of the other, under a softmax each"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        other = torch.matmul(first, second.transpose(-1, -2))
        plain = scores / 8**0.5
        small = other / 4**0.5
        scores = plain + small
        other = small + plain
        if mask is not None:
            other = other + mask
        low = torch.matmul(torch.softmax(other, dim=-1), second)
        if mask is not None:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value), low


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
