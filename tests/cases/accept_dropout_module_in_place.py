import torch
from torch import nn

EXPECT = "generated"
WHY = "a dropout module that changes its operand, by position, by keyword and by an argument: nothing else reads what it was"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.1, True)

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.matmul(self.dropout(probs), value)


class KeywordAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(p=0.1, inplace=True)

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.matmul(self.dropout(probs), value)


class UnknownAttention(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.dropout = nn.Dropout(0.1, inplace)

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        return torch.matmul(self.dropout(probs), value)


def examples():
    torch.manual_seed(0)
    for kind in (Attention, KeywordAttention, UnknownAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}


def example():
    return next(examples())
