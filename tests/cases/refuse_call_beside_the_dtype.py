import torch
from torch import nn

EXPECT = "refused"
CODE = "STATEMENT"
WHY = "what the scores are cast to is given by a method that counts its calls, or by a draw, which nothing else would make"


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


class DrawingAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores.to(torch.rand(1).dtype)
        return torch.softmax(scores, dim=-1) @ value, torch.rand(1)


def examples():
    for make in (Attention, DrawingAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
