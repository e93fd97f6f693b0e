import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "what the scores are scaled by reads them, under a name that the module has for something else"
scores = torch.zeros(7, 2)


class LengthAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores / len(scores)
        return torch.softmax(scores, dim=-1) @ value


class KindAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores * (0.1 if isinstance(scores, torch.LongTensor) else 1.5)
        return torch.softmax(scores, dim=-1) @ value


def softened(scores):
    return torch.softmax(scores / len(scores), dim=-1)


class HelperAttention(nn.Module):
    def forward(self, query, key, value):
        return softened(query @ key.transpose(-1, -2)) @ value


def examples():
    for make in (LengthAttention, KindAttention, HelperAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
