import math

import torch
from torch import nn

EXPECT = "untouched"
WHY = "the custom function has a gradient of its own"


class Sparse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores):
        probs = scores.softmax(-1)
        ctx.save_for_backward(probs)
        return torch.where(probs > 0.1, probs, torch.zeros_like(probs))

    @staticmethod
    def backward(ctx, grad):
        return grad


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = Sparse.apply(scores)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
