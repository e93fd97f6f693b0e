import torch
from torch import nn

EXPECT = "either"
WHY = "the probabilities meet other values in each branch; one of them at most can be the call"


class ChosenAttention(nn.Module):
    def forward(self, query, key, value, other, swapped=False):
        weights = (query @ key.transpose(-1, -2)).softmax(dim=-1)
        if swapped:
            met = weights @ other
        else:
            met = weights @ value
        return met


class RepeatedAttention(nn.Module):
    def forward(self, query, key, value, other, swapped=False):
        weights = (query @ key.transpose(-1, -2)).softmax(dim=-1)
        if swapped:
            met = weights @ other
        else:
            met = weights @ value
        if not swapped:
            met = met + weights @ other
        return met


def examples():
    torch.manual_seed(0)
    tensors = tuple(2.0 * torch.randn(2, 2, 5, 8) for _ in range(4))
    for kind in (ChosenAttention, RepeatedAttention):
        yield kind(), tensors, {}
        yield kind(), tensors, {"swapped": True}


def example():
    return next(examples())
