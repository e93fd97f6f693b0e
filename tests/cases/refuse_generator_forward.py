import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "forward yields"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        yield torch.matmul(probs, value)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, *args):
        return list(self.attention(*args))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Outer(), (query, key, value), {}
