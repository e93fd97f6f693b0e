"""A helper behind the call that is given the weights for the number of keys."""

import torch
from torch import nn

EXPECT = "refused"
WHY = "weights that nobody asked for are None by the time the helper asks for their size"
CODE = "METADATA"


class Attention(nn.Module):
    def summed(self, mean, weights):
        return mean * weights.size(-1)

    def forward(self, query, key, value):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        mean = torch.matmul(weights, value)
        return self.summed(mean, weights), weights


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
