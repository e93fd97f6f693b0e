import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what changes an operand, or may, runs under a flag, and there the original does"


def sharpened(query, scores):
    query.mul_(3.0)
    return scores.tanh()


class GivenAttention(nn.Module):
    """What it is given may change the query, and is given only where it is."""

    def __init__(self, positions=None):
        super().__init__()
        self.positions = positions

    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * 0.3
        if self.positions is not None:
            scores = self.positions(query, scores)
        weights = torch.softmax(scores, dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", weights, value)


class ScaledAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if sharp:
            query.mul_(5.0)
        return torch.softmax(scores, dim=-1) @ value


class HelperAttention(nn.Module):
    def sharpen(self, query, sharp):
        if sharp:
            query.mul_(5.0)

    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        self.sharpen(query, sharp)
        return torch.softmax(scores, dim=-1) @ value


class ElseAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if not sharp:
            scores = scores - 1.0
        else:
            key = key.clone()
            query.neg_()
        return torch.softmax(scores, dim=-1) @ value


class TriedAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if sharp:
            try:
                with torch.no_grad():
                    query.mul_(5.0)
            except RuntimeError:
                query.zero_()
        return torch.softmax(scores, dim=-1) @ value


def examples():
    makers = (
        GivenAttention,
        lambda: GivenAttention(sharpened),
        ScaledAttention,
        HelperAttention,
        ElseAttention,
        TriedAttention,
    )
    for make in makers:
        for sharp in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, sharp), {}


def example():
    return next(examples())
