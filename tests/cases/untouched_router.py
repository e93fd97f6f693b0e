import torch
from torch import nn

EXPECT = "untouched"
WHY = "a router weighs experts"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = nn.Linear(8, 3)
        self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, query, key, value):
        weights = self.router(query).softmax(-1)
        return sum(weights[..., i : i + 1] * expert(query) for i, expert in enumerate(self.experts))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
