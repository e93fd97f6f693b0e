import torch
from torch import nn

EXPECT = "generated"
WHY = "what a module of torch holds besides its parameters is looked at as a scale when it is there"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.projection = nn.Linear(8, 8)

    def forward(self, query, key, value):
        query, key = self.projection(self.norm(query)), self.projection(key)
        scores = query @ key.transpose(-2, -1) / self.projection.out_features**0.5
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    for factor in (8, 2.5, torch.tensor(3.0), torch.linspace(1.0, 4.0, 5), torch.rand(2, 1, 5, 1) + 0.5):
        attention = Attention()
        attention.projection.out_features = factor
        yield attention, (query, key, value), {}


def example():
    return next(examples())
