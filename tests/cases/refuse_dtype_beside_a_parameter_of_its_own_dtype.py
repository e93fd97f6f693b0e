import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "a parameter or buffer that was made of a dtype of its own need not have the model's: the scores are of that"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.heat = nn.Parameter(torch.full((2, 1, 1), 0.5, dtype=torch.float64))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * self.heat
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


class BufferAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("heat", torch.full((2, 1, 1), 0.5, dtype=torch.float64))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * self.heat
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


def examples():
    for make in (Attention, BufferAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
