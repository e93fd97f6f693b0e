import torch
from torch import nn

EXPECT = "refused"
CODES = {"QueryAttention": "OPERAND_CHANGED", "ScoresAttention": "ESCAPE", "HeldAttention": "ESCAPE"}
WHY = "what stands behind something unpacked in a tuple is computed as well"


class QueryAttention(nn.Module):
    def forward(self, query, key, value, mask):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2)
        batch, heads, length, size, _ = *query.shape, query.mul_(7.0)
        return torch.softmax(scores / size, dim=-1) @ value


class ScoresAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2)
        held = [*query.shape, scores.add_(mask)]
        return torch.softmax(scores, dim=-1) @ value + held[0]


class HeldAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2)
        held = (*query.shape, scores)
        held[-1].add_(mask)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    for make in (QueryAttention, ScoresAttention, HeldAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value, torch.randn(5, 5)), {}


def example():
    return next(examples())
