import torch
from torch import nn

EXPECT = "refused"
CODES = {"Attention": "FILL_UNKNOWN", "NegatedAttention": "FILL_UNKNOWN"}
WHY = "of two constants the greater bounds what is filled in, and not what is computed with it"


class Attention(nn.Module):
    def __init__(self, wide=True):
        super().__init__()
        self.wide = wide

    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        most = -1e9 if self.wide else -1e4
        scores = scores.masked_fill(hidden, -1e13 - most * 1e4)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NegatedAttention(nn.Module):
    def __init__(self, wide=True):
        super().__init__()
        self.wide = wide

    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        most = -1e9 if self.wide else -1e4
        scores = scores.masked_fill(hidden, -most)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (Attention, NegatedAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.arange(5) > 2), {}


def example():
    return next(examples())
