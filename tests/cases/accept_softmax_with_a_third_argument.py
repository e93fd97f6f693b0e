import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "the third argument of the functional softmax is no dtype, but how far up a warning is shown; the fourth is one"


class LevelAttention(nn.Module):
    def forward(self, query, key, value):
        return F.softmax(query @ key.transpose(-1, -2), -1, 3) @ value


class DtypeAttention(nn.Module):
    def forward(self, query, key, value):
        weights = F.softmax(query @ key.transpose(-1, -2), -1, 3, torch.float32)
        return weights.to(value.dtype) @ value, weights


class DtypeAsLevelAttention(nn.Module):
    def forward(self, query, key, value):
        weights = F.softmax(query @ key.transpose(-1, -2), -1, torch.float32)
        return weights.to(value.dtype) @ value, weights


def examples():
    for make in (LevelAttention, DtypeAttention, DtypeAsLevelAttention):
        torch.manual_seed(0)
        yield make(), tuple(2.0 * torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
