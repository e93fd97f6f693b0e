import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "the mask of the scores has two names, and one text gives the same mask twice"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        hidden = other = mask
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(hidden, -1e30)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(other, 0.0)
        return torch.matmul(probs, value)


class AttributeAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([False, True]).view(2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(self.mask.bool() & mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(self.mask.bool() & mask, 0.0)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, AttributeAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.5), {}


def example():
    return next(examples())
