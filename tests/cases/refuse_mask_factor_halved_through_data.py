import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the mask is halved through its `data`"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        seen = torch.ones(query.size(-2), key.size(-2)).tril()
        seen.data *= 0.5
        scores = scores * seen - 1e4 * (1 - seen)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
