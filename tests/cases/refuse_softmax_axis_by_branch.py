import torch
from torch import nn

EXPECT = "refused"
CODES = {"Attention": "CONTEXT_AXIS", "LastFirstAttention": "TWICE"}
WHY = "which axis the softmax runs over is a matter of a branch"


class Attention(nn.Module):
    def __init__(self, turned=False):
        super().__init__()
        self.turned = turned

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.turned:
            probs = torch.softmax(scores, dim=-2)
        else:
            probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class LastFirstAttention(nn.Module):
    def __init__(self, turned=False):
        super().__init__()
        self.turned = turned

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if not self.turned:
            probs = torch.softmax(scores, dim=-1)
        else:
            probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for kind in (Attention, LastFirstAttention):
        for turned in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(turned), (query, key, value), {}


def example():
    return next(examples())
