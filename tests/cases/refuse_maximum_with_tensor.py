import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the larger of the scores and a tensor"
CODE = "CLAMP"


class Attention(nn.Module):
    def forward(self, query, key, value, floor):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = torch.maximum(scores, floor)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(2, 1, 5, 5)), {}
