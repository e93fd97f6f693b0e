import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'the width of a field in an f-string is computed, and changes what was added'
CODE = 'OPERAND_CHANGED'


class SpecAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        label = f"{1:{bias.zero_().dim()}}"
        assert label
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (SpecAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
