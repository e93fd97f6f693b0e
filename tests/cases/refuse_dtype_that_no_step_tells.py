import torch
from torch import nn

EXPECT = "refused"
WHY = "of which dtype scores are cannot be told by a bias that a number or a sum in place has begun"
CODES = {
    "NumberFirstAttention": "METADATA",
    "InPlaceAfterAnotherAttention": "METADATA",
    "NamedTypeAttention": "CAST",
}


class NumberFirstAttention(nn.Module):
    """Beside a number, a fill gives the bias torch's default dtype."""

    def forward(self, query, key, value, mask, near):
        scores = torch.matmul(query, key.transpose(-1, -2)) + 0.5
        scores = scores.masked_fill(near > 1.0, -1e30)
        scores = scores + near
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value).to(dtype)


class InPlaceAfterAnotherAttention(nn.Module):
    """The second argument may be wider than the first, whose sum with the scores keeps its dtype."""

    def forward(self, query, key, value, mask, near):
        scores = torch.matmul(query, key.transpose(-1, -2)) + near
        scores += mask
        dtype = scores.dtype
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value).to(dtype)


class NamedTypeAttention(nn.Module):
    """A type that is named by a string may be any."""

    def forward(self, query, key, value, mask, near):
        scores = torch.matmul(query, key.transpose(-1, -2)).type("torch.HalfTensor")
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for kind in (NumberFirstAttention, InPlaceAfterAnotherAttention, NamedTypeAttention):
        query, key, value = (2.0 * torch.randn(2, 3, length, 8) for length in (5, 7, 7))
        yield kind(), (query, key, value, torch.randn(5, 7), torch.randn(5, 7)), {}


def example():
    return next(examples())
