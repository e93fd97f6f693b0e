import torch
from torch import nn

EXPECT = "refused"
WHY = "what the softmax was given a dtype of is another thing where that dtype is asked for"
CODES = {
    "ReboundAttention": "CAST",
    "NameAttention": "CAST",
    "StoredAttention": "CAST",
    "ReadAttention": "METADATA",
    "LaterAttention": "METADATA",
    "EarlierAttention": "METADATA",
    "OwnAttention": "LEFTOVER",
}
SAYS = {"ReboundAttention": "the dtype in which the weights leave means something else at the call"}


class ReboundAttention(nn.Module):
    def forward(self, query, key, value, like, hidden):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=like.dtype)
        like = like.double()
        return weights.to(value.dtype) @ value, weights, like


class NameAttention(nn.Module):
    def forward(self, query, key, value, like, hidden):
        kind = like.dtype
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=kind)
        kind = torch.float64
        return weights.to(value.dtype) @ value, weights, kind


class StoredAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.rand(3)

    def forward(self, query, key, value, like, hidden):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=self.table.dtype)
        self.table = like.double()
        return weights.to(value.dtype) @ value, weights


class ReadAttention(nn.Module):
    def forward(self, query, key, value, like, hidden):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=like.dtype)
        like = like.double()
        kind = weights.dtype
        return weights.to(value.dtype) @ value, like, kind


class LaterAttention(nn.Module):
    def forward(self, query, key, value, like, hidden):
        kind = like.dtype
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=kind)
        output = weights.to(value.dtype) @ value
        kind = torch.float64
        return output, kind, weights.dtype


class EarlierAttention(nn.Module):
    """What earlier scores had, which cannot be said without them."""

    def forward(self, query, key, value, like, hidden):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, -1e9) + like
        weights = torch.softmax(scores.float(), dim=-1, dtype=scores.dtype)
        return weights.to(value.dtype) @ value, weights


class OwnAttention(nn.Module):
    def forward(self, query, key, value, like, hidden):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, -1e9) + like
        weights = torch.softmax(scores, dim=-1, dtype=scores.dtype)
        kind = weights.dtype
        return weights.to(value.dtype) @ value, kind


KINDS = (
    ReboundAttention, NameAttention, StoredAttention, ReadAttention, LaterAttention, EarlierAttention, OwnAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        operands = tuple(torch.randn(2, 5, 8) for _ in range(3))
        yield kind(), (*operands, torch.randn(5, 5), torch.eye(5) > 0), {}


def example():
    return next(examples())
