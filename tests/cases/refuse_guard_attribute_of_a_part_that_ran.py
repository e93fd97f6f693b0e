import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a module sets what is asked of it, when it runs"


class Part(nn.Module):
    capped = False

    def forward(self, states):
        self.capped = True
        return states


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part()

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        query = self.part(query)
        if self.part.capped:
            scores = torch.tanh(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
