import torch
from torch import nn

EXPECT = "generated"
WHY = "over one key an einsum of two dtypes multiplies and promotes, where over more it raises an error"
EVERY = True


class UpcastAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key).float() * 0.3
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class SoftmaxAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.einsum("blhe,bshe->bhls", query, key).softmax(dim=-1, dtype=torch.float32)
        output = torch.einsum("bhls,bshe->bhle", weights, value)
        return output


class OperandsAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query.float(), key.float()) * 0.3
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class SlopesAttention(nn.Module):
    """What is added is of torch's default dtype."""

    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + 0.5 * torch.arange(key.size(1))
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value)


class CastAttention(nn.Module):
    """The probabilities are cast back, or the values are of float32 as well."""

    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key).float() * 0.3
        weights = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class ReadDtypeAttention(nn.Module):
    """The softmax gives the dtype that the scores had."""

    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        weights = torch.softmax(scores.float(), dim=-1, dtype=value.dtype)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class WideValueAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key).float() * 0.3
        return torch.einsum("bhls,bshe->blhe", torch.softmax(scores, dim=-1), value.float())


def examples():
    torch.manual_seed(0)
    for attention in (
        UpcastAttention,
        SoftmaxAttention,
        OperandsAttention,
        SlopesAttention,
        CastAttention,
        ReadDtypeAttention,
        WideValueAttention,
    ):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, length, 3, 8) for length in (queries, 1, 1))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
