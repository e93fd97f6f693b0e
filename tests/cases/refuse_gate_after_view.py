import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a gate of probabilities that were reshaped"
CODE = "PROBABILITIES"


class Attention(nn.Module):
    def forward(self, query, key, value, gate):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        probs = probs.view(4, 5, 5)
        probs = probs * gate.view(4, 1, 1)
        return torch.bmm(probs, value.view(4, 5, 8))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(4)), {}
