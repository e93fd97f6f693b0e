import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are dropped out in place, and are known under another name too"
CODE = "DROPOUT"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        kept = probs
        probs = nn.functional.dropout(probs, 0.5, self.training, inplace=True)
        return torch.matmul(probs, value), kept


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
