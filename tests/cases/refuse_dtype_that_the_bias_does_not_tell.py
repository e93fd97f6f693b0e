import torch
from torch import nn

EXPECT = "refused"
WHY = "the bias is not there, or was made beside constants, or is not what was added where the dtype is read"
CODES = {
    "UnsureAttention": "METADATA",
    "BesideAttention": "METADATA",
    "FilledAttention": "METADATA",
    "LaterAttention": "METADATA",
}


class UnsureAttention(nn.Module):
    """A weight of zero leaves the bias out."""

    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2), beta=beta)
        if wide:
            scores = scores.float()
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class BesideAttention(nn.Module):
    """The bias holds what was added to other scores by then."""

    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = torch.baddbmm(term, query, key.transpose(-1, -2))
        if wide:
            scores = scores.float()
        more = scores + 2.0 * term
        kind = scores.dtype
        return torch.softmax(more, dim=-1).to(value.dtype) @ value, kind


class FilledAttention(nn.Module):
    """Constants are of torch's default dtype, which may be wider."""

    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = (query @ key.transpose(-1, -2)).float().masked_fill(hidden, -1e9) + term
        kind = scores.dtype
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, kind


class LaterAttention(nn.Module):
    def forward(self, query, key, value, term, hidden, beta=0.5, wide=True):
        scores = (query @ key.transpose(-1, -2)).float() + term
        more = scores + 2.0 * term
        kind = scores.dtype
        return torch.softmax(more, dim=-1).to(value.dtype) @ value, kind


def examples():
    torch.manual_seed(0)
    for kind in (UnsureAttention, BesideAttention, FilledAttention, LaterAttention):
        operands = tuple(torch.randn(2, 5, 8) for _ in range(3))
        yield kind(), (*operands, torch.randn(2, 5, 5), torch.eye(5) > 0), {}


def example():
    return next(examples())
