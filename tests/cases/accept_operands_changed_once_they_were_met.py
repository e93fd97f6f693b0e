import torch
from torch import nn

EXPECT = "generated"
WHY = "an einsum keeps copies for the gradient, and a fused kernel the tensors themselves"
EVERY = True
WRITTEN = {"TalliedAttention": "torch.is_grad_enabled()", "QueryAttention": "torch.is_grad_enabled()"}


class TalliedAttention(nn.Module):
    def forward(self, query, key, value):
        tally = value * 0.5
        weights = torch.softmax(torch.einsum("blhe,bshe->bhls", query, key), dim=-1)
        output = torch.einsum("bhls,bshe->blhe", weights, tally)
        tally.add_(1.0)
        return output, tally


class QueryAttention(nn.Module):
    def forward(self, query, key, value):
        query = query * 0.5
        weights = torch.softmax(torch.einsum("blhe,bshe->bhls", query, key), dim=-1)
        output = torch.einsum("bhls,bshe->blhe", weights, value)
        query += 1.0
        return output, query


def examples():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 5, 3, 8) for _ in range(3))
    for attention in (TalliedAttention, QueryAttention):
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
