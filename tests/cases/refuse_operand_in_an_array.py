import numpy
import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'an array has the memory of the tensor that it was made of'
CODES = {'FilledAttention': 'OPERAND_CHANGED', 'CopiedAttention': 'OPERAND_CHANGED', 'ResultAttention': 'OPERAND_CHANGED', 'EarlierAttention': 'OPERAND_CHANGED'}


class FilledAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        bias.numpy().fill(0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CopiedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        numpy.copyto(bias.numpy(), 0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ResultAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        numpy.multiply(bias.numpy(), 0, out=bias.numpy())
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EarlierAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        array = bias.numpy()
        scores = scores + bias
        numpy.put(array, [0, 1], [9.0, 9.0])
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (FilledAttention, CopiedAttention, ResultAttention, EarlierAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
