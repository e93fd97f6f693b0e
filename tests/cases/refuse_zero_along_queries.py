import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are masked with the queries last, where a row is no query's"
CODE = "PROBABILITIES"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(key, query.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, dim=-2)
        probs = probs.masked_fill(mask, 0.0)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.eye(5)[2].view(5, 1).expand(5, 5).bool()), {}
