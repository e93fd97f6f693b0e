"""Helpers behind the call that are given the weights where these are there, or where the original runs."""

import torch
from torch import nn

EXPECT = "generated"
WHY = "where the weights' size is read they were asked for, or the original method runs"


class Attention(nn.Module):
    def __init__(self, window=None):
        super().__init__()
        self.window = window

    def summed(self, weights):
        return weights.reshape(weights.size(0), -1, weights.size(-1))

    def smoothed(self, weights):
        return torch.nn.functional.pad(weights, [0, weights.size(-1)])[..., : weights.size(-1)]

    def forward(self, query, key, value, output_attentions=False):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        mean = torch.matmul(weights, value)
        if self.window is not None:
            mean = mean + self.smoothed(weights) @ value
        if output_attentions:
            return mean, self.summed(weights)
        return mean, None


def examples():
    torch.manual_seed(0)
    inputs = tuple(torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(Attention(), inputs, {}), (Attention(), inputs, {"output_attentions": True}), (Attention(2), inputs, {})]
