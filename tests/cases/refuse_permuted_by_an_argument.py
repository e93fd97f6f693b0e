import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = "where an axis goes is an argument's business"
CODE = 'TRANSPOSE'


class PermutedAttention(nn.Module):
    def forward(self, query, key, value, last):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores.permute(0, last, 2, 1), dim=-2)
        return torch.einsum('bkqh,bkqd->bkhd', probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 4, 4, 8) for _ in range(3))
    return PermutedAttention(), (query, key, value, 3), {}
