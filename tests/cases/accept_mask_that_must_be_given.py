import torch
from torch import nn

EXPECT = "generated"
WHY = "a mask that is added without a test raises where it was left out: no attention without it comes of that"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2)
        scores = scores + mask
        return torch.softmax(scores, dim=-1) @ value


class ScaledAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2)
        scores = (scores + mask) * 0.3
        return torch.softmax(scores, dim=-1) @ value


class AskedAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
        return torch.softmax(scores, dim=-1) @ value


def examples():
    for make in (Attention, ScaledAttention, AskedAttention):
        for masked in (True, False):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value), {"mask": torch.randn(5, 5) if masked else None}


def example():
    return next(examples())
