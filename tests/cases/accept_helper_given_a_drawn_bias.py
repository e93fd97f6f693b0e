import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "what is drawn once is added twice, in a helper that is written out"


class Attention(nn.Module):
    def place(self, scores, noise):
        return (scores + noise) * 2 + noise

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.place(scores, torch.rand(key.size(-2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
