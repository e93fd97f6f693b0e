import torch
from torch import nn

EXPECT = "refused"
CODE = "NONLINEAR"
WHY = "talking heads: each head's scores are a sum of all heads'"
SAYS = {"Attention": "`nn.Linear`"}


class Attention(nn.Module):
    def __init__(self, dim=16, heads=2, scale=0.3):
        super().__init__()
        self.heads, self.scale = heads, scale
        self.qkv, self.mixed = nn.Linear(dim, 3 * dim), nn.Linear(heads, heads)

    def forward(self, states):
        batch, length, dim = states.shape
        qkv = self.qkv(states).reshape(batch, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0] * self.scale, qkv[1], qkv[2]
        scores = query @ key.transpose(-2, -1)
        scores = self.mixed(scores.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return (scores.softmax(dim=-1) @ value).transpose(1, 2).reshape(batch, length, dim)


def example():
    torch.manual_seed(0)
    return Attention(), (torch.randn(2, 5, 16),), {}
