import torch
from torch import nn

EXPECT = "generated"
WHY = "an axis that keys and values do not have is one along which they are the same"
EVERY = True


class OneKeyAttention(nn.Module):
    """One head of keys and values for all of the queries'."""

    def forward(self, query, key, value, bias=None):
        scores = torch.einsum("b h i d, b j d -> b h i j", query, key) * 0.4
        if bias is not None:
            scores = scores + bias
        return torch.einsum("b h i j, b j d -> b h i d", scores.softmax(dim=-1), value)


class PrototypeAttention(nn.Module):
    """The same keys and values for the whole batch."""

    def forward(self, query, key, value, bias):
        scores = torch.einsum("blhe,she->bhls", query, key) + bias
        return torch.einsum("bhls,she->blhe", scores.softmax(dim=-1), value)


class OneQueryAttention(nn.Module):
    """One head of queries, for several of keys and values."""

    def forward(self, query, key, value, bias):
        scores = torch.einsum("bid,bhjd->bhij", query, key) + bias
        return torch.einsum("bhij,bhjd->bihd", scores.softmax(dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        bias = torch.randn(queries, keys)
        query, key, value = (2.0 * torch.randn(batch, length, 8) for length in (queries, keys, keys))
        many = 2.0 * torch.randn(batch, 2, queries, 8)
        yield OneKeyAttention(), (many, key, value), {}
        yield OneKeyAttention(), (many, key, value), {"bias": bias}
        heads = (2.0 * torch.randn(batch, 2, keys, 8) for _ in range(2))
        yield OneQueryAttention(), (query, *heads, bias), {}
        shared = (2.0 * torch.randn(keys, 2, 8) for _ in range(2))
        yield PrototypeAttention(), (many.transpose(1, 2), *shared, bias), {}


def example():
    return next(examples())
