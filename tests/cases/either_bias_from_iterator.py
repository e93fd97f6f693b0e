import itertools
import math

import torch
from torch import nn

EXPECT = "either"
WHY = "each call takes the next bias"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slopes = itertools.cycle([torch.linspace(0, 1, 5), torch.linspace(1, -3, 5)])

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + next(self.slopes)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
