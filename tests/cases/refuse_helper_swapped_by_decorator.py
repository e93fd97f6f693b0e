import torch
from torch import nn

EXPECT = "refused"
WHY = "the decorator hands back another function"

KEPT = []


def doubled(function):
    KEPT.append(function)
    function = lambda scores, bias: 2.0 * (scores + bias)  # noqa: E731
    return function


@doubled
def masked(scores, bias):
    return scores + bias


class DoubledAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = masked(query @ key.transpose(-1, -2), bias)
        return scores.softmax(dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return DoubledAttention(), (query, key, value, torch.randn(5, 5)), {}
