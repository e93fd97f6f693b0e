import torch
from torch import nn

EXPECT = "either"
WHY = "what is dropped was computed from something that changes other tensors, or hides behind a name"


def doubled(tensor):
    tensor.mul_(2.0)
    return tensor > 0


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2) * 0.5
        scores.masked_fill(doubled(value), -1e9)
        return scores.softmax(-1) @ value


class AliasAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2) * 0.5
        seen = scores.view(scores.shape)
        scores.mul(2.0)
        seen.mul_(3.0)
        return scores.softmax(-1) @ value


class InnerAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2) * 0.5
        scores.add_(1.0).masked_fill(mask, -1e9)
        (kept := scores.add(mask)).mul(2.0)
        return kept.softmax(-1) @ value


class TemporaryAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-1, -2) * 0.5
        scores.masked_fill_(mask, -1.0)
        scores.add(1.0).mul_(3.0)
        scores.expand(scores.shape).add_(mask)
        return scores.softmax(-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([Attention(), AliasAttention(), InnerAttention(), TemporaryAttention()])

    def forward(self, query, key, value, mask):
        return sum(part(query, key, value.clone(), mask) for part in self.parts)


def example():
    torch.manual_seed(0)
    query, key = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(2))
    return Block(), (query, key, 2.0 * torch.randn(2, 2, 5, 5), torch.rand(2, 1, 5, 5) > 0.5), {}
