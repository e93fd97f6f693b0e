import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "shapes and dtypes of scores are said where they are read, or with what a helper computes of them"
NOT_WRITTEN = {"NamedTermAttention": "expand_bias"}
WRITTEN = {
    "BesideAnothersLoopAttention": "mixed, _ = self._attn",
    "NamedTermAttention": "mask / scores_shape(query, key, bias)[1]",
    "GivenToHelperAttention": "mask[:, :1] / scores_shape(query, key, bias)[1]",
}


class BetweenViewsAttention(nn.Module):
    """Read between the views that two calls of a helper make."""

    def seen(self, scores, one, two):
        return scores.view(one, two, 5, 7)

    def forward(self, query, key, value, mask):
        scores = self.seen(torch.matmul(query, key.transpose(-1, -2)), 1, 2)
        many = scores.size(0)
        scores = self.seen(scores, 2, 1)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * many


class InsideAViewAttention(nn.Module):
    """The sizes of the first view say those of the second."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).view(1, 2, 5, 7)
        scores = scores.view(scores.size(0) * 2, 1, 5, 7)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NamedTermAttention(nn.Module):
    """The helper has a name for what it reads, copies the scores before it says it, and is called twice."""

    def raised(self, scores, mask):
        heads = scores.shape[1]
        scores = scores.contiguous()
        return scores + mask / heads

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = self.raised(scores, mask[:, :1])
        scores = 0.5 * self.raised(scores, mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NamedInMethodAttention(nn.Module):
    """What the method itself names is said where that stands, whatever is added before it is used."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask[:, :1]
        heads = scores.shape[1]
        scores = scores + mask
        scores = scores + mask * heads
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class GivenToHelperAttention(nn.Module):
    """One helper reads it for another."""

    def more(self, scores, mask, heads):
        return scores + mask / heads

    def raised(self, scores, mask):
        return self.more(scores, mask, scores.shape[1])

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = 0.5 * self.raised(scores, mask[:, :1])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ScaledByRowsAttention(nn.Module):
    """One of two scales expands the scores."""

    def __init__(self):
        super().__init__()
        self.rates = nn.Parameter(torch.rand(3, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 2.0 * self.rates
        heads = scores.size(1)
        return torch.matmul(torch.softmax(scores, dim=-1), value) * heads


class FilledAndWidenedAttention(nn.Module):
    """Whatever a fill made of the bias, the scores are of torch's default dtype if that is the wider one."""

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)).masked_fill(mask > 1.0, -1e30)
        scores = scores + torch.linspace(0.0, 1.0, key.size(-2))
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value).to(dtype)


class BesideAnothersLoopAttention(nn.Module):
    """The loop that the scores of one product pass through is none of the other's."""

    def forward(self, query, key, value, mask):
        first = torch.matmul(query, key.transpose(-1, -2)) + mask
        other = torch.matmul(key, query.transpose(-1, -2))
        for _ in range(2):
            other = other + 0.1 * torch.arange(5) * first.shape[1]
        mixed = torch.matmul(torch.softmax(first, dim=-1), value)
        return mixed, torch.matmul(torch.softmax(other, dim=-1), query)


KINDS = (
    BetweenViewsAttention, InsideAViewAttention, NamedTermAttention, NamedInMethodAttention, GivenToHelperAttention,
    ScaledByRowsAttention, FilledAndWidenedAttention, BesideAnothersLoopAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 1, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(2, 3, 5, 7)), {}


def example():
    return next(examples())
