import torch
from torch import nn

EXPECT = "generated"
WHY = "no operand of the scores is an argument, or nothing is known to change one, or only a copy is changed"
EVERY = True


class ProjectedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, query, key, value):
        scores = self.q(query) @ self.k(key).transpose(-1, -2)
        value.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


class LookedAtAttention(nn.Module):
    def forward(self, query, key, value, look=torch.sum):
        scores = query @ key.transpose(-1, -2)
        seen = look(value)
        return torch.softmax(scores, dim=-1) @ value, seen


class CopyAttention(nn.Module):
    def forward(self, query, key, value):
        value = value * 1.0
        scores = query @ key.transpose(-1, -2)
        value.mul_(2.0)
        return torch.softmax(scores, dim=-1) @ value


class EarlierAttention(nn.Module):
    def forward(self, query, key, value):
        value.mul_(2.0)
        scores = query @ key.transpose(-1, -2)
        return torch.softmax(scores, dim=-1) @ value


class Layer(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, states):
        query, key, value = (states * 1.0 for _ in range(3))
        return self.attention(query, key, value)


def examples():
    torch.manual_seed(0)
    for attention in (ProjectedAttention, LookedAtAttention, CopyAttention, EarlierAttention):
        yield Layer(attention()), (torch.randn(2, 5, 8),), {}


def example():
    return next(examples())
