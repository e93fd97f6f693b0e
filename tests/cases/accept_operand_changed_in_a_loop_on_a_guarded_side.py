import decimal

import torch
from torch import nn

EXPECT = "generated"
WHY = "what a loop changes stands on a side that is known at the first line, where the original runs; so may a call in it"


class SharpenedAttention(nn.Module):
    def forward(self, query, key, value, factors=None):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if factors is not None:
            for factor in factors:
                query.mul_(factor)
            scores = scores + query.sum(-1, keepdim=True) * torch.linspace(0.0, 1.0, scores.shape[-1])
        return torch.softmax(scores, dim=-1) @ value


class RoundedAttention(nn.Module):
    """An object of a class that is not read may change what the module holds, as far as can be seen."""

    def __init__(self, rounded):
        super().__init__()
        self.rounded = rounded
        self.keys = nn.Parameter(torch.linspace(-1.0, 1.0, 80).view(2, 5, 8))

    def forward(self, query, value):
        scores = query @ self.keys.transpose(-1, -2)
        if self.rounded:
            total = 0.0
            for number in (0.31, 0.52):
                total += float(decimal.Decimal(number).quantize(decimal.Decimal("0.1")))
            scores = scores * total
        return torch.softmax(scores, dim=-1) @ value


class NestedAttention(nn.Module):
    def forward(self, query, key, value, factors=(), sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if sharp:
            for factor in factors:
                if factor > 2.0:
                    for _ in range(2):
                        query.mul_(factor)
            scores = scores * query.mean()
        return torch.softmax(scores, dim=-1) @ value


def examples():
    for make, options in (
        (SharpenedAttention, {}),
        (SharpenedAttention, {"factors": torch.tensor([2.0, 3.0])}),
        (lambda: RoundedAttention(False), {}),
        (lambda: RoundedAttention(True), {}),
        (NestedAttention, {"factors": (1.0, 3.0)}),
        (NestedAttention, {"factors": (1.0, 3.0), "sharp": True}),
    ):
        torch.manual_seed(0)
        module = make()
        operands = [2.0 * torch.randn(2, 2, 5, 8) for _ in range(2 if isinstance(module, RoundedAttention) else 3)]
        yield module, tuple(operands), options


def example():
    return next(examples())
