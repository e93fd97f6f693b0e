import types

import torch
from torch import nn

EXPECT = "untouched"
WHY = "inside the method the name torch is something else"


class Attention(nn.Module):
    def forward(self, query, key, value):
        torch = types.SimpleNamespace(softmax=lambda scores, dim: scores.sigmoid())
        scores = query @ key.transpose(-1, -2)
        probs = torch.softmax(scores, dim=-1)
        return probs @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
