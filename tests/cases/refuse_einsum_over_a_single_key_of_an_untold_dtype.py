import torch
from torch import nn

EXPECT = "refused"
WHY = "over one key an einsum has the dtype of its probabilities, and that one cannot be told"
CODES = {
    "ByBranchAttention": "CAST",
    "OfEitherAttention": "CAST",
    "FactorAttention": "CAST",
    "EitherScoresAttention": "CAST",
    "FillOrSumAttention": "CAST",
    "OfEitherOfThreeAttention": "CAST",
    "FactorOfWeightsAttention": "CAST",
    "ReadInEitherBranchAttention": "CAST",
    "CastFromDoubleAttention": "CAST",
    "FactorBehindTheCastAttention": "CAST",
}


class ByBranchAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        weights = torch.softmax(scores, dim=-1)
        if query.size(0) == 2:
            weights = weights.float()
        return torch.einsum("bhls,bshe->blhe", weights, value)


class OfEitherAttention(nn.Module):
    def forward(self, query, key, value):
        query = query.float()
        scores = torch.einsum("blhe,bshe->bhls", query, key.float())
        if self.training:
            weights = torch.softmax(scores, dim=-1).to(value)
        else:
            weights = torch.softmax(scores, dim=-1).to(query)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class OfEitherOfThreeAttention(nn.Module):
    def forward(self, query, key, value):
        wide = query.float()
        weights = torch.softmax(torch.einsum("blhe,bshe->bhls", query, key), dim=-1)
        if query.size(0) == 2:
            weights = weights.to(value)
        elif self.training:
            weights = weights.to(wide)
        else:
            weights = weights.to(value)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class FactorAttention(nn.Module):
    """What multiplies the scores is of float32, and is no bias that could be asked."""

    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key) * torch.ones(1, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FactorOfWeightsAttention(nn.Module):
    def forward(self, query, key, value):
        weights = torch.einsum("blhe,bshe->bhls", query, key).softmax(-1)
        weights = weights * torch.full((1,), 0.5, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class FactorBehindTheCastAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        weights = scores.float().softmax(-1).type_as(scores)
        weights = weights * torch.full((1,), 0.5, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class CastFromDoubleAttention(nn.Module):
    """The product is of float64, and the scores are not any more."""

    def forward(self, query, key, value):
        query = query.float()
        scores = torch.einsum("blhe,bshe->bhls", query.double(), key.double()).to(query)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class ReadInEitherBranchAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key) + torch.ones(1, dtype=torch.float32)
        weights = scores.float().softmax(-1)
        if query.size(0) == 2:
            weights = weights.to(scores.dtype)
        else:
            weights = weights.to(scores.dtype)
        return torch.einsum("bhls,bshe->blhe", weights, value)


class EitherScoresAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        if query.size(0) == 2:
            scores = scores.float()
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


class FillOrSumAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        scores = scores.masked_fill(torch.arange(key.size(1)) > 2, -1e9)
        if query.size(0) == 2:
            scores = scores + torch.ones(1, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (
        ByBranchAttention,
        OfEitherAttention,
        FactorAttention,
        OfEitherOfThreeAttention,
        FactorOfWeightsAttention,
        ReadInEitherBranchAttention,
        CastFromDoubleAttention,
        FactorBehindTheCastAttention,
        EitherScoresAttention,
        FillOrSumAttention,
    ):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, length, 3, 8) for length in (queries, 1, 1))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
