import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a gate of the keys: the probabilities were transposed"
CODE = "PROBABILITIES"


class Attention(nn.Module):
    def forward(self, query, key, value, gate):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1).transpose(-1, -2)
        probs = probs * gate.view(1, 1, 5, 1)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(5)), {}
