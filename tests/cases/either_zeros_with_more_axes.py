import torch
from torch import nn

EXPECT = "either"
WHY = "zeros that have more axes than the scores give them these"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2) + torch.zeros(1, 1, 5, 5)
        return (scores + bias).softmax(-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5)), {}
