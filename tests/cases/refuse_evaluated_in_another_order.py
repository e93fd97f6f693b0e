
import torch
from torch import nn

EXPECT = 'refused'
WHY = 'what stands on the left is computed first, and what is computed later depends on it'
CODES = {'LeftAttention': 'STATEMENT', 'KeywordAttention': 'STATEMENT'}


class LeftAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0.2

    def next(self):
        self.count = self.count * 2
        return self.count

    def forward(self, query, key, value, bias):
        scores = bias * float(self.next()) + torch.matmul(query, key.transpose(-1, -2)) * float(self.next())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class KeywordAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0.2

    def next(self):
        self.count = self.count * 2
        return self.count

    def forward(self, query, key, value, bias):
        scores = torch.add(
            other=bias * float(self.next()), input=torch.matmul(query, key.transpose(-1, -2)) * float(self.next())
        )
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (LeftAttention, KeywordAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
