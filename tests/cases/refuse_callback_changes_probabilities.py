import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "an unknown function receives the probabilities and changes them"


class Attention(nn.Module):
    def __init__(self, observe):
        super().__init__()
        self.observe = observe

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        self.observe(probs)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(lambda probs: probs.mul_(0.5)), (query, key, value), {}
