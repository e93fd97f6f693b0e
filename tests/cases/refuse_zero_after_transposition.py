import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the scores are transposed between their mask and that of the probabilities"
CODE = "PROBABILITIES"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores.transpose(-1, -2)
        scores = scores.masked_fill(mask, -1e9)
        scores = scores.transpose(-1, -2)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.masked_fill(mask, 0.0)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.ones(5, 5).triu(1).bool()), {}
