import torch
from torch import nn

EXPECT = "generated"
WHY = "weights keep the scores' dtype, whatever torch makes of a number that was added and one that is filled in"
EVERY = True


class NumberAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) - 1
        scores = torch.where(torch.arange(key.size(-2)) < 3, scores, -1e9) * 0.5
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class MaskedFillAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + 0.5
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, float("-inf"))
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class PerhapsAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        if query.size(-2) > 3:
            scores = scores - 0.25
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, -1e9)
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class WholeTensorAttention(nn.Module):
    """A 0-dim tensor promotes no scores."""

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + torch.tensor(0.5)
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, -1e9)
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class BothAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + 1 + torch.arange(key.size(-2))
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, -1e9)
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class BothHalvesAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + 0.5 + torch.arange(key.size(-2))
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, -1e9)
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


class JustBothAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + 0.5 + torch.arange(key.size(-2))
        weights = nn.functional.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights


def examples():
    torch.manual_seed(0)
    for attention in (
        NumberAttention,
        MaskedFillAttention,
        PerhapsAttention,
        WholeTensorAttention,
        BothAttention,
        BothHalvesAttention,
        JustBothAttention,
    ):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
            query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
