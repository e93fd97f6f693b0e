import torch
from torch import nn

EXPECT = "generated"
WHY = "where the scores go through no softmax the original runs"
EVERY = True


class FlagAttention(nn.Module):
    def forward(self, query, key, value, linear=False):
        scores = query @ key.transpose(-2, -1)
        if not linear:
            scores = scores.softmax(-1)
        return scores @ value


class KindAttention(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, query, key, value, linear=False):
        scores = query @ key.transpose(-2, -1)
        if self.kind == "softmax":
            scores = scores * 0.3
            scores = scores.softmax(-1)
        elif self.kind == "mean":
            scores = scores / scores.shape[-1]
        if linear:
            value = value * 2.0
        return scores @ value


class ClampedAttention(nn.Module):
    def __init__(self, sparse):
        super().__init__()
        self.sparse = sparse

    def forward(self, query, key, value, linear=False):
        weights = query @ key.transpose(-2, -1) * 0.3
        if self.sparse:
            weights = weights.relu()
        else:
            weights = weights.softmax(-1)
        return weights @ value


def examples():
    torch.manual_seed(0)
    makers = (FlagAttention, *(lambda kind=kind: KindAttention(kind) for kind in ("softmax", "mean", "none")))
    for make in (*makers, lambda: ClampedAttention(False), lambda: ClampedAttention(True)):
        for linear in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, linear), {}


def example():
    return next(examples())
