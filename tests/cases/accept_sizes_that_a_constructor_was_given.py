import torch
from torch import nn

EXPECT = "generated"
WHY = "what a constructor was given may be a tensor, but what is viewed with it as sizes has nothing of its memory"
EVERY = True

CALLS = torch.zeros(1)


class CachedBiasAttention(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.heads = heads
        self.biases = nn.Parameter(torch.randn(heads, 5, 5))
        self.cache = {}

    def forward(self, states):
        batch, length, _ = states.shape
        query = states.view(batch, length, self.heads, -1).transpose(1, 2)
        scores = query @ query.transpose(-1, -2)
        if length not in self.cache:
            self.cache[length] = self.biases[:, :length, :length].detach()
        scores = scores + self.cache[length]
        return torch.softmax(scores, dim=-1) @ query


class CountedAttention(nn.Module):
    """A tensor of the module's file is changed, none of the attention's own."""

    def __init__(self, heads):
        super().__init__()
        self.heads = heads
        self.biases = nn.Parameter(torch.randn(heads, 5, 5))

    def forward(self, states):
        batch, length, _ = states.shape
        query = states.view(batch, length, self.heads, -1).transpose(1, 2)
        scores = query @ query.transpose(-1, -2) + self.biases[:, :length, :length]
        CALLS.add_(1)
        return torch.softmax(scores, dim=-1) @ query


def examples():
    torch.manual_seed(0)
    for attention in (CachedBiasAttention, CountedAttention):
        for length in (5, 3):
            yield attention(2), (torch.randn(2, length, 16),), {}


def example():
    return next(examples())
