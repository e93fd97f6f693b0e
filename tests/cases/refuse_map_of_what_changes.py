import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "InPlaceAttention": "OPERAND_CHANGED",
    "MethodAttention": "OPERAND_CHANGED",
    "PutAttention": "OPERAND_CHANGED",
    "BoundAttention": "OPERAND_CHANGED",
    "FilterAttention": "OPERAND_CHANGED",
}
WHY = "what is mapped over a tensor that the scores were made with may change it when the items are asked for"


class InPlaceAttention(nn.Module):
    def forward(self, query, key, value):
        shift = torch.arange(4.0)
        later = map(lambda t: t.mul_(2.0), (shift,))
        scores = query @ key.transpose(-1, -2) + shift
        next(later)
        return scores.softmax(dim=-1) @ value


class MethodAttention(nn.Module):
    def doubled(self, states):
        states *= 2.0
        return states

    def forward(self, query, key, value):
        shift = torch.arange(4.0)
        later = map(self.doubled, (shift,))
        scores = query @ key.transpose(-1, -2) + shift
        for _ in later:
            pass
        return scores.softmax(dim=-1) @ value


class PutAttention(nn.Module):
    def forward(self, query, key, value):
        shift, kept = torch.arange(4.0), []
        list(map(lambda t: kept.append(t), (shift,)))
        scores = query @ key.transpose(-1, -2) + shift
        kept[0].mul_(2.0)
        return scores.softmax(dim=-1) @ value


class BoundAttention(nn.Module):
    def forward(self, query, key, value):
        shift = torch.arange(4.0)
        later = map(shift.mul_, (2.0,))
        scores = query @ key.transpose(-1, -2) + shift
        next(later)
        return scores.softmax(dim=-1) @ value


class FilterAttention(nn.Module):
    def forward(self, query, key, value):
        shift = torch.arange(4.0)
        later = filter(lambda t: t.mul_(2.0).dim() > 0, (shift,))
        scores = query @ key.transpose(-1, -2) + shift
        next(later)
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for attention in (InPlaceAttention, MethodAttention, PutAttention, BoundAttention, FilterAttention):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (torch.randn(batch, 3, length, 8) for length in (queries, 4, 4))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
