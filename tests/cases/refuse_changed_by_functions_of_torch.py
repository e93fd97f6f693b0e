import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = 'refused'
WHY = 'functions that change an operand that is named by keyword, or is their result by its place'
CODES = {'InplaceAttention': 'OPERAND_CHANGED', 'UnderscoreAttention': 'OPERAND_CHANGED', 'OutAttention': 'OPERAND_CHANGED'}


class InplaceAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        F.relu(input=bias, inplace=True)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnderscoreAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        torch.relu_(input=bias)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OutAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        F.normalize(key, 2.0, -1, 1e-12, key)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (InplaceAttention, UnderscoreAttention, OutAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
