from itertools import starmap

import torch
from torch import nn
from torch.nn.init import zeros_

EXPECT = "refused"
CODES = {
    "ReturnedAttention": "OPERAND_CHANGED",
    "AssignedAttention": "OPERAND_CHANGED",
    "StarmapAttention": "OPERAND_CHANGED",
}
WHY = "a generator that calls functions runs when somebody asks for an item, as do the iterators of itertools"


def lazily(states):
    return (zeros_(x) for x in [states])


class ReturnedAttention(nn.Module):
    def forward(self, query, key, value):
        later = lazily(query)
        scores = query @ key.mT
        list(later)
        return scores.softmax(-1) @ value


class AssignedAttention(nn.Module):
    def forward(self, query, key, value):
        later = (zeros_(x) for x in [query])
        scores = query @ key.mT
        list(later)
        return scores.softmax(-1) @ value


class StarmapAttention(nn.Module):
    def forward(self, query, key, value):
        later = starmap(torch.Tensor.mul_, [(query, 2.0)])
        scores = query @ key.mT
        list(later)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for attention in (ReturnedAttention, AssignedAttention, StarmapAttention):
        query, key, value = (torch.randn(2, 3, 4, 8) for _ in range(3))
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
