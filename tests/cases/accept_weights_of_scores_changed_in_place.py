import torch
from torch import nn

EXPECT = "generated"
WHY = "scores that are changed in place keep their dtype beside a wider mask, and so do the weights that leave"
EVERY = True
WRITTEN = {
    "WeightsAttention": 'bias = augmented(None, "+", mask, query)',
    "ScoresAttention": 'bias = augmented(None, "-", mask, query)',
    "TwiceAttention": 'bias = updated(bias, "+", far)',
    "TakenAttention": 'bias = updated(bias, "+", far)',
    "GivenAttention": 'bias = combined(bias, "+", far)',
    "FilledAttention": "torch.where(filled, -1e30, unfilled(query))",
}
NOT_WRITTEN = {
    "AloneAttention": "augmented",
    "Float32Attention": "augmented",
}


class WeightsAttention(nn.Module):
    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores += mask
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class ScoresAttention(nn.Module):
    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores -= mask
        return torch.softmax(scores, dim=-1) @ value, scores if output_attentions else None


class AloneAttention(nn.Module):
    """Nothing sees how they are rounded."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores += mask
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class Float32Attention(nn.Module):
    """The softmax says of which dtype the weights are."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores *= mask.mean(-1, keepdim=True)
        scores += 1.5
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class ScaledAttention(nn.Module):
    """By what is of their own dtype, and by a number."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores *= torch.ones_like(scores).mean(-1, keepdim=True)
        scores /= 2.0
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class SteppedAttention(nn.Module):
    """By whole numbers."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores *= torch.arange(query.size(-2)).unsqueeze(-1)
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class WidenedAttention(nn.Module):
    """Scores that are scaled, and not in place, are as wide as their scale."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores = scores * mask.mean(-1, keepdim=True)
        weights = torch.softmax(scores, dim=-1)
        return weights.to(value.dtype) @ value, weights if output_attentions else None


class TwiceAttention(nn.Module):
    """A sum is a tensor of its own."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores += mask
        scores += mask
        scores = scores + far
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class TakenAttention(nn.Module):
    """So is what has another sign."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores -= mask
        scores = scores + far
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class GivenAttention(nn.Module):
    """What is given is the caller's."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = query @ key.transpose(-1, -2)
        scores += mask
        scores = scores + far
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class FilledAttention(nn.Module):
    """The largest constant that every dtype holds."""

    def forward(self, query, key, value, mask, far, hidden, output_attentions=True):
        scores = (query @ key.transpose(-1, -2)).masked_fill(hidden, -1e30)
        return torch.softmax(scores, dim=-1) @ value


KINDS = (
    WeightsAttention, ScoresAttention, AloneAttention, Float32Attention, ScaledAttention, SteppedAttention,
    WidenedAttention, TwiceAttention, TakenAttention, GivenAttention, FilledAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        operands = tuple(torch.randn(2, 5, 8) for _ in range(3))
        yield kind(), (*operands, torch.randn(5, 5), torch.randn(5, 5), torch.eye(5) > 0), {}


def example():
    return next(examples())
