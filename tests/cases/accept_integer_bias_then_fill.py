import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the bias is of integers, and so is the fill"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + torch.arange(5)
        scores = scores.masked_fill(torch.arange(5) > 3, -65504)
        return scores.softmax(-1) @ value


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
