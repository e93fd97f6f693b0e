import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "each pass adds a term and halves it for the next one"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        steps = 0.9 * torch.arange(key.size(2), dtype=query.dtype)
        for _ in range(3):
            scores = scores + steps
            steps = steps / 2
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
