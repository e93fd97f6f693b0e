import math

import torch
from torch import nn

EXPECT = "either"
WHY = "no key at all"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    return Attention(), (torch.randn(2, 2, 5, 8), torch.randn(2, 2, 0, 8), torch.randn(2, 2, 0, 8)), {}
