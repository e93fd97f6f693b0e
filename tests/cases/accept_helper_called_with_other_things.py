import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper is called twice: what it is given, and what it reads of the scores, is another thing at each call"
EVERY = True


class SizeAttention(nn.Module):
    """The last axis is the keys' first, and the queries' then."""

    def shared(self, scores):
        return scores / scores.size(-1)

    def forward(self, query, key, value, far):
        scores = self.shared(torch.matmul(query, key.transpose(-1, -2)) * 30.0)
        scores = self.shared(scores.transpose(-1, -2)).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DtypeAttention(nn.Module):
    """The scores are cast between the two."""

    def raised(self, scores, heights):
        return scores + heights.to(scores.dtype)

    def forward(self, query, key, value, far):
        heights = torch.linspace(0.0, 700.0, key.size(-2))
        scores = self.raised(torch.matmul(query, key.transpose(-1, -2)), heights)
        scores = self.raised(scores.float(), -heights)
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


class FillsAttention(nn.Module):
    """A weak constant and one that swallows what it meets: a row that is masked as a whole tells them apart."""

    def masked(self, scores, far, constant):
        return scores.masked_fill(far, constant)

    def forward(self, query, key, value, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = self.masked(scores, far, -2e4)
        scores = self.masked(scores, torch.arange(key.size(-2)) > 5, -1e30)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FactorsAttention(nn.Module):
    """Bytes have limits of their own, numbers have none."""

    def scaled(self, scores, factor):
        return scores * factor

    def forward(self, query, key, value, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        rates = torch.full((query.size(-2), 1), 20, dtype=torch.uint8)
        scores = self.scaled(scores, rates)
        scores = self.scaled(scores, rates)
        scores = self.scaled(scores, 0.01)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TermsAttention(nn.Module):
    """The first term is of bytes, which have sums of their own."""

    def raised(self, scores, term):
        return scores + term

    def forward(self, query, key, value, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        heights = torch.full((key.size(-2),), 200, dtype=torch.uint8) * (torch.arange(key.size(-2)) % 2).byte()
        scores = self.raised(scores, heights)
        scores = self.raised(scores, heights)
        scores = self.raised(scores, torch.linspace(0.0, 1.0, key.size(-2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CancelledAttention(nn.Module):
    """Only what takes a division back is left out with it."""

    def divided(self, scores, divisor):
        return scores / divisor

    def multiplied(self, scores, factor):
        return scores * factor

    def forward(self, query, key, value, far):
        scores = self.divided(torch.matmul(query, key.transpose(-1, -2)), 4.0)
        scores = self.multiplied(scores, 2.0)
        scores = self.multiplied(scores + 0.3 * torch.arange(key.size(-2)), 4.0)
        return torch.matmul(torch.softmax(scores * 0.3, dim=-1), value)


class WeightedAttention(nn.Module):
    def product(self, query, key, term, weight):
        return torch.baddbmm(term, query, key, beta=weight)

    def forward(self, query, key, value, far):
        batch, heads, rows, size = query.shape
        query, key, value = (x.reshape(batch * heads, -1, size) for x in (query, key, value))
        term = torch.full((rows, key.size(-2)), float("nan"))
        first = torch.softmax(self.product(query, key.transpose(1, 2), term, 0), dim=-1)
        output = torch.bmm(first, value)
        other = torch.softmax(self.product(query, key.transpose(1, 2), term.nan_to_num(1.0).cumsum(-1), 2), dim=-1)
        return output + torch.bmm(other, value)


KINDS = (
    SizeAttention, DtypeAttention, FillsAttention, FactorsAttention, TermsAttention, CancelledAttention,
    WeightedAttention,
)  # fmt: skip


def examples():
    torch.manual_seed(0)
    for kind in KINDS:
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
        far = torch.rand(5, 7) > 0.5
        far[0] = True
        yield kind(), (query, key, value, far), {}


def example():
    return next(examples())
