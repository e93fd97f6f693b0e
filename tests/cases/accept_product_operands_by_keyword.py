import math

import torch
from torch import nn

EXPECT = 'generated'
WHY = 'keywords may stand in any order: what is on the left is what the signature says'


class MatmulAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(other=key.transpose(-1, -2), input=query) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(other=value, input=probs)


class BmmAttention(nn.Module):
    def forward(self, query, key, value):
        shape = query.shape
        query, key, value = (part.flatten(0, 1) for part in (query, key, value))
        scores = torch.bmm(mat2=key.transpose(1, 2), input=query) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(mat2=value, input=probs).view(shape)


def examples():
    torch.manual_seed(0)
    for kind in (MatmulAttention, BmmAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
