import torch
from torch import nn

EXPECT = "generated"
WHY = "what baddbmm adds is of its product's dtype, and of scores in float32 the source says what widens them"
EVERY = True
WRITTEN = {
    "PlainAttention": "kind = scores_dtype(query, bias)",
    "WeighedAttention": "kind = bias.dtype",
    "UnsureAttention": "kind = scores_dtype(query, bias)",
    "UpcastAttention": "kind = scores_dtype(query, bias, torch.float32)",
    "DefaultAttention": "kind = torch.promote_types(torch.float32, torch.get_default_dtype())",
    "Float32Attention": "kind = torch.float32",
}


class PlainAttention(nn.Module):
    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2))
        kind = scores.dtype
        return torch.softmax(scores, dim=-1) @ value, kind


class WeighedAttention(nn.Module):
    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2), beta=0.25)
        if wide:
            scores = scores.float()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class UnsureAttention(nn.Module):
    """A weight of zero leaves out what would be added."""

    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2), beta=beta)
        kind = scores.dtype
        return torch.softmax(scores, dim=-1) @ value, kind


class UpcastAttention(nn.Module):
    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2)).float() + term
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class DefaultAttention(nn.Module):
    """The bias is no tensor of theirs, and need not be asked."""

    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = (query @ key.transpose(-1, -2)).float().masked_fill(hidden, -1e9)
        scores = scores + torch.ones(query.size(-2), key.size(-2)).tril()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class Float32Attention(nn.Module):
    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = (query @ key.transpose(-1, -2)).float().masked_fill(hidden, -1e9) + term.float()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


KINDS = (PlainAttention, WeighedAttention, UnsureAttention, UpcastAttention, DefaultAttention, Float32Attention)


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        for beta, wide in ((0.5, True), (0.0, False)):
            operands = tuple(torch.randn(2, 5, 8) for _ in range(3))
            yield kind(), (*operands, torch.randn(2, 5, 5), torch.eye(5) > 0), {"beta": beta, "wide": wide}


def example():
    return next(examples())
