import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'an einsum that only moves axes gives a view'
CODE = 'OPERAND_CHANGED'


class ViewAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        same = torch.einsum('qk->kq', bias)
        scores = scores + bias
        same.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (ViewAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
