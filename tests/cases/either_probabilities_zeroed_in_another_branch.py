import torch
from torch import nn

EXPECT = "either"
WHY = "the second test reads as the first does, and asks something else"


class ReboundAttention(nn.Module):
    def forward(self, query, key, value, mask=None, other=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if mask is not None:
            scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        mask = other
        if mask is not None:
            probs = probs.masked_fill(mask, 0.0)
        return probs @ value


class FlaggedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.masks = True

    def forward(self, query, key, value, mask, other=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if self.masks and other is None:
            scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        self.masks = not self.masks
        if self.masks and other is None:
            probs = probs.masked_fill(mask, 0.0)
        return probs @ value


class ChangedAttention(nn.Module):
    def forward(self, query, key, value, mask=None, other=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if mask.sum() > 0:
            scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        mask = mask.clone()
        mask.logical_not_()
        if mask.sum() > 0:
            probs = probs.masked_fill(mask, 0.0)
        return probs @ value


class NegatedAttention(nn.Module):
    def forward(self, query, key, value, mask=None, other=None):
        scores = query @ key.transpose(-1, -2) * 0.5
        if other is None:
            scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        if other is not None:
            probs = probs.masked_fill(mask, 0.0)
        return probs @ value


class AliasAttention(nn.Module):
    """The mask of the second branch is changed by way of another name."""

    def forward(self, query, key, value, mask, other=None):
        mask = mask.clone()
        alias = mask.view_as(mask)
        scores = query @ key.transpose(-1, -2) * 0.5
        if other is None:
            scores = scores.masked_fill(mask, -1e30)
        probs = torch.softmax(scores, dim=-1)
        alias.logical_not_()
        if other is None:
            probs = probs.masked_fill(mask, 0.0)
        return probs @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([ReboundAttention(), FlaggedAttention(), ChangedAttention(), NegatedAttention(), AliasAttention()])

    def forward(self, query, key, value, mask, other):
        return sum(part(query, key, value, mask, other) for part in self.parts)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    mask, other = (torch.rand(2, 1, 5, 5) > 0.5 for _ in range(2))
    for given in (other, None):
        yield Block(), (query, key, value, mask, given), {}


def example():
    return next(examples())
