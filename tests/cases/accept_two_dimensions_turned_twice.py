import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "a bias of one axis stays within the two of the scores"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = query @ key.transpose(-1, -2) + bias
        scores = (scores.transpose(-1, -2) * 0.5).transpose(-1, -2)
        return scores.softmax(-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5)), {}
