import torch
from torch import nn

EXPECT = "generated"
WHY = "a constant that is infinite in a dtype of 16 bits, and that no float32 holds, is filled in"
EVERY = True


class WhereAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = query @ key.transpose(-1, -2)
        scores = torch.where(keep, scores, 2 * torch.finfo(scores.dtype).min)
        return torch.softmax(scores, dim=-1) @ value


class UpcastAttention(nn.Module):
    """The scores are of float32, and hold its smallest number."""

    def forward(self, query, key, value, keep):
        scores = (query @ key.transpose(-1, -2)).float()
        scores = torch.where(keep, scores, torch.finfo(scores.dtype).min)
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


def examples():
    torch.manual_seed(0)
    for attention in (WhereAttention, UpcastAttention):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, 7, 7))
            keep = torch.rand(batch, 1, queries, 7) > 0.4
            keep[..., 0] = True
            keep[:, :, 0] &= attention is WhereAttention
            yield attention(), (query, key, value, keep), {}


def example():
    return next(examples())
