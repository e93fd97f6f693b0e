import torch
from torch import nn

EXPECT = "untouched"
WHY = "a learnt pooling: the scores come from a Linear"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(8, 1)

    def forward(self, query, key, value):
        weights = self.score(value).softmax(dim=-2)
        return (weights * value).sum(-2)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
