import torch
from torch import nn

EXPECT = "refused"
CODE = "STATEMENT"
WHY = "what the softmax is cast to is given by a method that counts its calls, and nothing else would call it"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.asked = 0

    def precision(self):
        self.asked += 1
        return torch.float32

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores.to(self.precision())
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
