import torch
from torch import nn

EXPECT = "either"
WHY = "another class of the file sums the weights"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = scores.softmax(-1)
        return torch.matmul(probs, value), probs


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, query, key, value):
        context, probs = self.attention(query, key, value)
        return context + probs.amax()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Outer(), (query, key, value), {}
