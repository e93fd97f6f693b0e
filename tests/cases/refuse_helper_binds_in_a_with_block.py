import torch
from torch import nn

EXPECT = "refused"
CODE = "HELPER"
WHY = "what a helper binds in a `with` block would be computed outside of it: with a gradient, or in another dtype"
SAYS = dict.fromkeys(
    ("QueryAttention", "BiasAttention", "CastAttention"), "cannot be said in the method that calls it"
)


class QueryAttention(nn.Module):
    def probs(self, query, key, bias):
        with torch.no_grad():
            scaled = query * 0.5
        return (torch.matmul(scaled, key.transpose(-1, -2)) + bias).softmax(-1)

    def forward(self, query, key, value, bias):
        return torch.matmul(self.probs(query, key, bias), value)


class BiasAttention(nn.Module):
    def probs(self, query, key, bias):
        with torch.no_grad():
            halved = bias * 0.5
        return (torch.matmul(query, key.transpose(-1, -2)) + halved).softmax(-1)

    def forward(self, query, key, value, bias):
        return torch.matmul(self.probs(query, key, bias), value)


class CastAttention(nn.Module):
    def probs(self, query, key, bias):
        with torch.autocast("cpu", enabled=False):
            mixed = torch.matmul(query, bias)
        return torch.matmul(mixed, key.transpose(-1, -2)[..., :5, :]).softmax(-1)

    def forward(self, query, key, value, bias):
        return torch.matmul(self.probs(query, key, bias), value)


def examples():
    torch.manual_seed(0)
    for make, rows, width in ((QueryAttention, 5, 8), (BiasAttention, 5, 8), (CastAttention, 5, 5)):
        query, key, value = (2.0 * torch.randn(2, 3, rows, width) for _ in range(3))
        yield make(), (query, key, value, torch.randn(2, 1, 5, 5)), {}


def example():
    return next(examples())
