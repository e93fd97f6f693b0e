import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a view reads batch and heads in the other order"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        probs = probs.view(2, 4, 5, 5)[:, :2]
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key = (2.0 * torch.randn(2, 4, 5, 8) for _ in range(2))
    return Attention(), (query, key, 2.0 * torch.randn(2, 2, 5, 8)), {}
