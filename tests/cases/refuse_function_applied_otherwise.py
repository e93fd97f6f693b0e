import torch
from torch import nn

EXPECT = "refused"
CODE = "NONLINEAR"
WHY = "the function has an `apply` of its own, which does more than its forward"


class Straight(torch.autograd.Function):
    @classmethod
    def apply(cls, scores):
        return super().apply(scores).abs()

    @staticmethod
    def forward(ctx, scores):
        return scores * 0.5

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 0.5


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        scores = Straight.apply(query @ key.transpose(-1, -2)).masked_fill(hidden, -1e9)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (Attention,):
            yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
