import torch
from torch import nn

EXPECT = "either"
CODES = {"TermAttention": "NONLINEAR", "SumAttention": "SIDE_BY_SIDE", "WeightsAttention": "NONLINEAR"}
WHY = "what values are made of is what their product with the probabilities is made of, lost or not"


class TermAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        other = torch.softmax(torch.matmul(value, value.transpose(-1, -2)), dim=-1)
        term = torch.matmul(other, torch.tanh(scores).transpose(-1, -2)).transpose(-1, -2)
        return torch.matmul(torch.softmax(scores + term, dim=-1), value)


class SumAttention(nn.Module):
    """The second softmax is taken of something that was lost side by side."""

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        doubled = torch.cat([scores, scores], dim=-1)
        other = torch.softmax(torch.matmul(query, query.transpose(-1, -2)), dim=-1)
        mixed = torch.matmul(other, doubled)
        return torch.matmul(torch.softmax(mixed, dim=-1), torch.cat([value, value], dim=-2))


class WeightsAttention(nn.Module):
    """Weights of a lost softmax, mixed by others."""

    def forward(self, query, key, value):
        lost = torch.softmax(torch.tanh(torch.matmul(query, key.transpose(-1, -2))), dim=-1)
        other = torch.softmax(torch.matmul(query, query.transpose(-1, -2)), dim=-1)
        return torch.matmul(torch.matmul(other, lost), value)


def examples():
    torch.manual_seed(0)
    for attention in (TermAttention, SumAttention, WeightsAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
