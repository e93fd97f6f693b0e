import torch
from torch import nn

EXPECT = "either"
WHY = "the class is made by a function"


def make():
    class Attention(nn.Module):
        def forward(self, query, key, value):
            scores = torch.matmul(query, key.transpose(-1, -2))
            return torch.matmul(scores.softmax(-1), value)

    return Attention


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return make()(), (query, key, value), {}
