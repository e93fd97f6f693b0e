import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "transposed scores are viewed"
CODE = "VIEW"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.transpose(-1, -2).reshape(4, 5, 5)
        scores = scores.transpose(-1, -2)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, value.reshape(4, 5, 8))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
