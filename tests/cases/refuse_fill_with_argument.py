import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the fill value is an argument of forward"


class Attention(nn.Module):
    def forward(self, query, key, value, keep, fill=-1e9):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(~keep, fill)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    keep = torch.rand(2, 1, 5, 5) > 0.4
    return Attention(), (query, key, value, keep), {"fill": -1.0}
