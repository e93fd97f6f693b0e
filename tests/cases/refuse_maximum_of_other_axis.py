import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the maximum along the last axis, which is the queries'"
CODE = "SHIFT"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores - scores.amax(dim=-1, keepdim=True)
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
