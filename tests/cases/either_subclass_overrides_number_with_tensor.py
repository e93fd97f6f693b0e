import torch
from torch import nn

EXPECT = "either"
WHY = "the subclass makes the base's number a tensor for each key"


class Base(nn.Module):
    factor = 0.5

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.factor
        return torch.matmul(scores.softmax(-1), value)


class Attention(Base):
    factor = torch.linspace(0.1, 1.0, 5)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
