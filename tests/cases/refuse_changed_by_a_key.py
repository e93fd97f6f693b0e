import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'what max is to compare by changes the tensors'
CODES = {'LambdaAttention': 'OPERAND_CHANGED', 'NamedAttention': 'OPERAND_CHANGED'}


class LambdaAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        max([bias], key=lambda mask: mask.zero_().dim())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class NamedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        clear = torch.Tensor.zero_
        scores = scores + bias
        min([bias], key=clear)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (LambdaAttention, NamedAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
