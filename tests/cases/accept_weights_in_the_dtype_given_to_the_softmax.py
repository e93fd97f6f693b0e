import torch
from torch import nn

EXPECT = "generated"
WHY = "weights leave in the dtype that the softmax is given, whatever their scores have become"
EVERY = True
WRITTEN = {
    "EarlierAttention": "softmax_dtype=query.dtype",
    "UpcastAttention": "softmax_dtype=query.dtype",
    "GivenAttention": "softmax_dtype=like.dtype",
    "OtherAttention": "softmax_dtype=first.dtype",
    "HelperAttention": "softmax_dtype=like.dtype",
}
NOT_WRITTEN = {
    "OwnAttention": "softmax_dtype=",
    "CastAttention": "softmax_dtype=like",
    "UnseenAttention": "softmax_dtype=",
    "ScoresAttention": "softmax_dtype=",
}


class EarlierAttention(nn.Module):
    """That of the scores before a wider bias came to them."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        weights = torch.softmax(scores + like, dim=-1, dtype=scores.dtype)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class UpcastAttention(nn.Module):
    def forward(self, query, key, value, like, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        weights = torch.softmax(scores.float(), dim=-1, dtype=scores.dtype)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class GivenAttention(nn.Module):
    def forward(self, query, key, value, like, hidden, output_attentions=True):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=like.dtype)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class OtherAttention(nn.Module):
    """That of other scores."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        first = query @ query.transpose(-1, -2) + like
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=first.dtype)
        return weights.to(value.dtype) @ value, weights if output_attentions else None, first


class HelperAttention(nn.Module):
    def weigh(self, scores, like):
        kind = like.dtype
        return torch.softmax(scores, dim=-1, dtype=kind)

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        weights = self.weigh(query @ key.transpose(-1, -2), like)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class OwnAttention(nn.Module):
    """Their own, which cannot be said without them, and need not be."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, -1e9) + like
        weights = torch.softmax(scores, dim=-1, dtype=scores.dtype)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class CastAttention(nn.Module):
    """They leave in the dtype of the values."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1, dtype=like.dtype).to(value.dtype)
        return weights @ value, weights if output_attentions else None


class UnseenAttention(nn.Module):
    """They do not leave; of their size something asks."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, -1e9) + like
        weights = torch.softmax(scores, dim=-1, dtype=scores.dtype)
        size = weights.shape
        return weights.to(value.dtype) @ value, size


class ScoresAttention(nn.Module):
    """The scores leave, and no weights."""

    def forward(self, query, key, value, like, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        weights = torch.softmax(scores, dim=-1, dtype=like.dtype)
        return weights.to(value.dtype) @ value, scores if output_attentions else None


KINDS = (
    EarlierAttention, UpcastAttention, GivenAttention, OtherAttention, HelperAttention, OwnAttention, CastAttention,
    UnseenAttention, ScoresAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        for dtype in (torch.float32, torch.float64):
            operands = tuple(torch.randn(2, 5, 8) for _ in range(3))
            yield kind(), (*operands, torch.randn(5, 5, dtype=dtype), torch.eye(5) > 0), {}


def example():
    return next(examples())
