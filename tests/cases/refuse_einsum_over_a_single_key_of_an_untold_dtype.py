import torch
from torch import nn

EXPECT = "refused"
WHY = "over one key an einsum has the dtype of its probabilities, and that one cannot be told"
CODES = {"ByBranchAttention": "CAST", "OfEitherAttention": "CAST", "FactorAttention": "CAST"}


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


class FactorAttention(nn.Module):
    """What multiplies the scores is of float32, and is no bias that could be asked."""

    def forward(self, query, key, value):
        scores = torch.einsum("blhe,bshe->bhls", query, key) * torch.ones(1, dtype=torch.float32)
        return torch.einsum("bhls,bshe->blhe", scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (ByBranchAttention, OfEitherAttention, FactorAttention):
        for batch, queries in ((2, 5), (1, 1)):
            query, key, value = (2.0 * torch.randn(batch, length, 3, 8) for length in (queries, 1, 1))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
