import torch
from torch import nn

EXPECT = "generated"
WHY = "parts of a tensor that was viewed have as many axes as it"


class Attention(nn.Module):
    def __init__(self, dim=16, heads=2):
        super().__init__()
        self.heads = heads
        self.projected = nn.Linear(dim, 3 * dim)

    def forward(self, states):
        batch, length, dim = states.shape
        parts = self.projected(states).transpose(1, 2).reshape(batch, self.heads * 3, dim // self.heads, length)
        query, key, value = parts.transpose(2, 3).chunk(3, dim=1)
        scale = key.shape[3] ** -0.25
        weights = ((query * scale) @ (key.transpose(2, 3) * scale)).softmax(3)
        return (weights @ value).transpose(2, 3).reshape(batch, dim, length)


def example():
    torch.manual_seed(0)
    return Attention(), (torch.randn(2, 5, 16),), {}
