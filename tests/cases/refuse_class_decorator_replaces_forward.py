import torch
from torch import nn

EXPECT = "refused"
WHY = "a class decorator puts another forward in"


def relu_attention(cls):
    def forward(self, query, key, value):
        return torch.relu(query @ key.transpose(-1, -2)) @ value

    cls.forward = forward
    return cls


@relu_attention
class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
