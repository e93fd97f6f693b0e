import math

import torch
from torch import nn

EXPECT = "untouched"
WHY = "the normalisation is an argument of the constructor"


class Attention(nn.Module):
    def __init__(self, softmax=None):
        super().__init__()
        self.softmax = softmax or nn.Softmax(dim=-1)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = self.softmax(scores)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(nn.Sigmoid()), (query, key, value), {}
