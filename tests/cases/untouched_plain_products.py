import torch
from torch import nn

EXPECT = "untouched"
WHY = "products, but no softmax"


class Attention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
