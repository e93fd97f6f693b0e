import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "what a helper draws and leaves moves the generator on"


class Attention(nn.Module):
    def halve(self, scores):
        unused = torch.rand(4)
        return scores / 2

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.halve(scores) + torch.rand(key.size(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
