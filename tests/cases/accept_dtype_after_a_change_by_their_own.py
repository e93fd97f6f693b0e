import torch
from torch import nn

EXPECT = "generated"
WHY = "what is of the scores' own dtype, and scales them or changes them in place, leaves it known"
EVERY = True


class AddedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores += torch.ones_like(scores).tril()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1) @ value, kind


class ScaledAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores * torch.ones_like(scores).mean(-1, keepdim=True)
        kind = scores.dtype
        return torch.softmax(scores, dim=-1) @ value, kind


def examples():
    torch.manual_seed(0)
    for attention in (AddedAttention, ScaledAttention):
        yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
