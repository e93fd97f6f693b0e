import torch
from torch import nn

EXPECT = "either"
WHY = "the subclass puts a Tanh in the place of the base's dropout"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.1)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(self.dropout(scores.softmax(-1)), value)


class Attention(Base):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Tanh()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
