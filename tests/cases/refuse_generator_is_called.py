import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a call of a generator function does nothing: nobody asks for what it yields'
CODES = {'LaterAttention': 'OPERAND_CHANGED', 'ExpressionAttention': 'OPERAND_CHANGED'}


class DoubledAttention(nn.Module):
    def doubled(self, scores):
        scores.mul_(2.0)
        yield scores

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.doubled(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LaterAttention(nn.Module):
    def clearing(self, mask):
        yield mask.zero_()

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        clearing = self.clearing(bias)
        scores = scores + bias
        list(clearing)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ExpressionAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        clearing = (mask.zero_() for mask in (bias,))
        scores = scores + bias
        list(clearing)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (DoubledAttention, LaterAttention, ExpressionAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
