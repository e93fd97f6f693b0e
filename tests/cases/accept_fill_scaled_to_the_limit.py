import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a fill that is the weakest one after its scale"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(mask, -2e4)
        scores = scores * 0.5
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.ones(5, 5).triu(1).bool()), {}
