from itertools import starmap

import torch
from torch import nn
from torch.nn.init import zeros_
from torch.utils.data import default_convert

EXPECT = "refused"
CODES = {
    "GeneratorAttention": "OPERAND_CHANGED",
    "YieldAttention": "OPERAND_CHANGED",
    "StarmapAttention": "OPERAND_CHANGED",
    "ShadowedAttention": "OPERAND_CHANGED",
    "FunctionAttention": "OPERAND_CHANGED",
}
WHY = "what is mapped and unpacked at once may be kept, or change what it was given when it is asked for an item"

store = []


def stored(states):
    store.append(states)
    return states


class GeneratorAttention(nn.Module):
    def forward(self, query, key, value):
        first, _ = map(lambda t: (zeros_(x) for x in [t]), (query, key))
        scores = query @ key.mT
        list(first)
        return scores.softmax(-1) @ value


class YieldAttention(nn.Module):
    def forward(self, query, key, value):
        first, _ = map(lambda t: (yield zeros_(t)), (query, key))
        scores = query @ key.mT
        list(first)
        return scores.softmax(-1) @ value


class StarmapAttention(nn.Module):
    def forward(self, query, key, value):
        first, _ = map(lambda t: starmap(torch.Tensor.mul_, [(t, 2.0)]), (query, key))
        scores = query @ key.mT
        list(first)
        return scores.softmax(-1) @ value


class ShadowedAttention(nn.Module):
    def forward(self, query, key, value):
        kept = []
        default_convert = kept.append
        _, _ = map(lambda t: default_convert(t), (query, key))
        scores = query @ key.mT
        kept[0].mul_(2.0)
        return scores.softmax(-1) @ value


class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        query, key = map(lambda t: stored(t), (query, key))
        scores = query @ key.mT
        store[-2].mul_(2.0)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    classes = (GeneratorAttention, YieldAttention, StarmapAttention, ShadowedAttention, FunctionAttention)
    for attention in classes:
        query, key, value = (torch.randn(2, 3, 4, 8) for _ in range(3))
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
