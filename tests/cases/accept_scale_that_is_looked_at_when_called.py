import math

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "an argument stands in the place of a number; whether it scales whole rows is seen when it is there"


class ConditionalAttention(nn.Module):
    def forward(self, query, key, value, scale=None):
        factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
        scores = query @ key.transpose(-2, -1) * factor
        return torch.softmax(scores, dim=-1) @ value


class BranchAttention(nn.Module):
    def forward(self, query, key, value, scale=None):
        if scale is None:
            scale = 0.3
        scores = query @ key.transpose(-2, -1) / scale
        return torch.softmax(scores, dim=-1) @ value


class ViewedAttention(nn.Module):
    def forward(self, query, key, value, scale=None):
        factor = 0.3 if scale is None else scale
        scores = (query @ key.transpose(-2, -1)) * factor
        scores = scores.view(4, 5, 5)
        probs = torch.softmax(scores, dim=-1)
        return probs.view(2, 2, 5, 5) @ value


class AttributeAttention(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.factor = size**-0.5

    def forward(self, query, key, value, scale=None):
        scores = query @ key.transpose(-2, -1) * self.factor
        return torch.softmax(scores, dim=-1) @ value


def replace_all(module, kind, make):
    for name, child in list(vars(module).items()):
        if isinstance(child, kind):
            setattr(module, name, make(child))
    return module


class PowerAttention(nn.Module):
    def forward(self, query, key, value, size):
        scores = query @ key.transpose(-2, -1) * size**-0.5
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield AttributeAttention(), (query, key, value), {}
    for other in (torch.tensor(0.5), torch.rand(2, 1, 1) + 0.5, torch.linspace(0.1, 1.0, 5), 2):
        yield replace_all(AttributeAttention(), float, lambda _, other=other: other), (query, key, value), {}
        yield PowerAttention(), (query, key, value, other), {}
    for make in (ConditionalAttention, BranchAttention, ViewedAttention):
        for scale in (
            None,
            0.7,
            3,
            torch.tensor(0.5),
            torch.rand(2, 1, 1) + 0.5,
            torch.rand(2, 2, 5, 1) + 0.5,
            torch.linspace(0.1, 1.0, 5),
            torch.rand(5, 5) + 0.1,
            torch.tensor([2.0]),
        ):
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, scale), {}


def example():
    return next(examples())
