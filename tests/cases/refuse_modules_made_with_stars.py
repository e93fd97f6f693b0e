import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'what a module is made with is unpacked: it may work in place'
CODES = {'DropoutAttention': "WEIGHTS", 'ReluAttention': 'OPERAND_CHANGED'}


class DropoutAttention(nn.Module):
    def __init__(self):
        super().__init__()
        settings = {'p': 0.4, 'inplace': True}
        self.dropout = nn.Dropout(**settings)

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores + bias, dim=-1)
        dropped = self.dropout(probs)
        return torch.matmul(dropped, value), probs


class ReluAttention(nn.Module):
    def __init__(self):
        super().__init__()
        settings = {'inplace': True}
        self.act = nn.ReLU(**settings)

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        self.act(bias)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (DropoutAttention, ReluAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
