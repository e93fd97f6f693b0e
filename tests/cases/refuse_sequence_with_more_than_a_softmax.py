import torch
from torch import nn

EXPECT = "refused"
WHY = "behind the softmax the sequence has something that mixes the heads"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.weigh = nn.Sequential(nn.Softmax(dim=-1), nn.Conv2d(2, 2, 1))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.4
        return self.weigh(scores) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
