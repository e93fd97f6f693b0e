import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights that leave are those before, or behind, what cleared whole rows or heads"


class BeforeAttention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        scores = (query @ key.transpose(-1, -2)).masked_fill(mask, torch.finfo(query.dtype).min)
        uncleared = torch.softmax(scores, dim=-1)
        probs = uncleared.masked_fill(mask, 0.0)
        return probs @ value, (uncleared if output_attentions else None)


class BehindAttention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        scores = (query @ key.transpose(-1, -2)).masked_fill(mask, -torch.inf)
        probs = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        return probs @ value, (probs if output_attentions else None)


class MaybeAttention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        scores = query @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores.masked_fill(mask, -torch.inf)
            probs = torch.softmax(scores, dim=-1).masked_fill(mask, 0.0)
        else:
            probs = torch.softmax(scores, dim=-1)
        return probs @ value, (probs if output_attentions else None)


class HeadsAttention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        heads = heads.view(1, -1, 1, 1)
        every = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        some = every * heads
        return some @ value, (every if output_attentions else None)


class SomeHeadsAttention(nn.Module):
    def forward(self, query, key, value, mask, heads, output_attentions=False):
        heads = heads.view(1, -1, 1, 1)
        some = torch.softmax(query @ key.transpose(-1, -2), dim=-1) * heads
        return some @ value, (some if output_attentions else None)


def examples():
    for make in (BeforeAttention, BehindAttention, MaybeAttention, HeadsAttention, SomeHeadsAttention):
        for heads in (torch.tensor([True, False]), torch.tensor([0.5, 0.0])):
            for asked in (False, True):
                torch.manual_seed(0)
                query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
                mask = torch.zeros(2, 1, 5, 5, dtype=torch.bool)
                mask[0] = True
                mask[1, ..., 3:] = True
                yield make(), (query, key, value, mask, heads, asked), {}
                if make is MaybeAttention:
                    yield make(), (query, key, value, None, heads, asked), {}


def example():
    return next(examples())
