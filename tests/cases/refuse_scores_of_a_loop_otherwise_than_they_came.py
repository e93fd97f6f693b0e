import torch
from torch import nn

EXPECT = "refused"
WHY = "what a loop leaves of scores is what each pass may have made of them: weakly filled, gone, or rounded"
CODES = {
    "WeakAttention": "FILL_WEAK",
    "WeakOnceAttention": "FILL_WEAK",
    "WeakBeforeAttention": "FILL_WEAK",
    "WeakAndLeftAttention": "FILL_WEAK",
    "GoneAttention": "LOOP",
    "PerhapsGoneAttention": "LOOP",
    "ShiftedAttention": "LOOP",
    "RoundedAttention": "INPLACE",
    "RoundedOnceAttention": "INPLACE",
    "RowOfThePassBeforeAttention": "LOOP",
}


class WeakAttention(nn.Module):
    """A pass fills in a constant that a scale behind the loop lifts."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores = scores.masked_fill(far, -2e4)
        return torch.matmul(torch.softmax(scores * 0.001, dim=-1), value)


class WeakOnceAttention(nn.Module):
    """The weaker of two constants, of which some passes fill in one alone."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for turn in range(3):
            if turn == 2:
                continue
            scores = scores.masked_fill(far, -1e9)
            if turn == 1:
                continue
            scores = scores.masked_fill(mask > 0.5, -2e4)
        return torch.matmul(torch.softmax(scores * 0.001, dim=-1), value)


class WeakBeforeAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(far, -2e4)
        for _ in range(2):
            scores = scores + mask
        return torch.matmul(torch.softmax(scores * 0.001, dim=-1), value)


class WeakAndLeftAttention(nn.Module):
    """No pass comes to its end."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(far, -2e4)
        while key.size(-2) == 0:
            scores = scores + mask
            raise ValueError("nothing to attend to")
        return torch.matmul(torch.softmax(scores * 0.001, dim=-1), value)


class GoneAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for size in key.shape:
            if size > 0:
                scores = scores + mask
            else:
                scores = None
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class PerhapsGoneAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for size in key.shape:
            if size == 0:
                scores = None
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ShiftedAttention(nn.Module):
    """What is filled in beside shifted scores is not shifted with them, and what is added behind the loop may be like
    it."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores - scores.amax(dim=-1, keepdim=True)
        for _ in range(2):
            scores = scores.masked_fill(far, -1e5)
        return torch.matmul(torch.softmax(scores + (mask > 0.4) * -1e5, dim=-1), value)


class RoundedAttention(nn.Module):
    """What each pass adds in place is rounded to the dtype of the scores."""

    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for _ in range(2):
            scores += torch.linspace(0.0, 40.0, key.size(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RoundedOnceAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for turn in range(2):
            if turn == 0:
                scores += torch.linspace(0.0, 40.0, key.size(-2))
                continue
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RowOfThePassBeforeAttention(nn.Module):
    def forward(self, query, key, value, mask, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        for turn in range(2):
            if turn > 0:
                scores = scores + mask * greatest
            greatest = scores.amax(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


KINDS = (
    WeakAttention, WeakOnceAttention, WeakBeforeAttention, WeakAndLeftAttention, GoneAttention,
    PerhapsGoneAttention, ShiftedAttention, RoundedAttention, RoundedOnceAttention, RowOfThePassBeforeAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.rand(5, 5), torch.rand(5, 5) > 0.5), {}


def example():
    return next(examples())
