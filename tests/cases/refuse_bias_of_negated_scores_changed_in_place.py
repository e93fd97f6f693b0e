import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "what the scores were subtracted from is changed in place before the call"
CODE = "OPERAND_CHANGED"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = bias - scores
        bias.mul_(3)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(2, 1, 5, 5)), {}
