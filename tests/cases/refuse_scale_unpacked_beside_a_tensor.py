import torch
from torch import nn

EXPECT = "refused"
CODE = "SCALE_SHAPE"
WHY = "which of the names is a size depends on how many there are, and two shapes leave that open"


class OtherAttention(nn.Module):
    def forward(self, query, key, value, scales):
        batch, heads, length, size, scale = *query.shape, scales
        return torch.softmax(query @ key.transpose(-1, -2) * scale, dim=-1) @ value


class TwiceAttention(nn.Module):
    def forward(self, query, key, value, scales):
        *_, scale, size = *query.shape[:2], scales, *query.shape[:1]
        return torch.softmax(query @ key.transpose(-1, -2) * scale, dim=-1) @ value


class ListAttention(nn.Module):
    def forward(self, query, key, value, scales):
        batch, heads, scale = *[len(query), scales][:2], 2
        return torch.softmax(query @ key.transpose(-1, -2) * heads, dim=-1) @ value


def examples():
    for make in (OtherAttention, TwiceAttention, ListAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value, torch.rand(5)), {}


def example():
    return next(examples())
