import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a maximum without its axis is subtracted along another"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores - scores.amax(dim=-1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(5, 5, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
