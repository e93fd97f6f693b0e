import torch
from torch import nn

EXPECT = "either"
WHY = "the class stands inside another class"


class Outer(nn.Module):
    class Attention(nn.Module):
        def forward(self, query, key, value):
            scores = torch.matmul(query, key.transpose(-1, -2))
            return torch.matmul(scores.softmax(-1), value)

    def __init__(self):
        super().__init__()
        self.attention = self.Attention()

    def forward(self, query, key, value):
        return self.attention(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Outer(), (query, key, value), {}
