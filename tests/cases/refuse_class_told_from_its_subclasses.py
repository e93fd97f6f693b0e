import torch
from torch import nn

EXPECT = "refused"
WHY = "what runs the attention looks it up by its very class, and finds nothing for one that descends from it"
CODE = "CLASS"


class SwiftAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value


GAINS = {SwiftAttention: 3.0}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = SwiftAttention()

    def forward(self, query, key, value):
        gain = GAINS.get(type(self.attention), 1.0)
        return gain * self.attention(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Block(), (query, key, value), {}
