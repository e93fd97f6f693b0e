import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities stay in a buffer that is read later"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(2, 2, 5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        torch.softmax(scores, dim=-1, out=self.seen)
        context = torch.matmul(self.seen, value)
        return context + self.seen.sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
