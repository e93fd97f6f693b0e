import torch
from torch import nn

EXPECT = "generated"
WHY = "a bias or a scale for each head makes the scores of one head larger, and what is viewed then is the larger tensor"


class ScaledAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(2, 1, 1))

    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2)
        scores = scores * self.temperature
        scores = scores.view(scores.shape)
        return scores.softmax(-1) @ value


class BiasedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2)
        scores = scores + bias
        scores = scores.view(-1, query.size(-2), key.size(-2))
        weights = scores.softmax(-1).view(query.size(0), -1, query.size(-2), key.size(-2))
        return weights @ value, weights


class TwiceAttention(nn.Module):
    """Views before and after."""

    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(0.5 + torch.rand(2, 1, 1))

    def forward(self, query, key, value, bias):
        batch, _, length, _ = query.shape
        scores = (query @ key.transpose(-1, -2)).view(batch, 1, length, -1)
        scores = scores * self.temperature + bias
        scores = scores.view(2 * batch, length, -1)
        scores = scores.view(batch, 2, length, -1)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for make in (ScaledAttention, BiasedAttention, TwiceAttention):
        for heads in (1, 2) if make is not TwiceAttention else (1,):
            query, key, value = (torch.randn(3, heads, length, 8) for length in (5, 6, 6))
            yield make(), (query, key, value), {"bias": torch.randn(2, 5, 6)}


def example():
    return next(examples())
