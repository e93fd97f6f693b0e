import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'properties and special methods of the module run when it is read'
CODES = {'PropertyAttention': 'OPERAND_CHANGED', 'LengthAttention': 'UNSUPPORTED', 'ItemAttention': 'UNSUPPORTED'}


class PropertyAttention(nn.Module):
    @property
    def cleared(self):
        self.seen.zero_()
        return True

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.seen = bias
        scores = scores + bias
        assert self.cleared
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LengthAttention(nn.Module):
    def __len__(self):
        self.seen.zero_()
        return 1

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.seen = bias
        scores = scores + bias
        assert len(self)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ItemAttention(nn.Module):
    def __getitem__(self, place):
        self.seen.zero_()
        return True

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        self.seen = bias
        scores = scores + bias
        assert self[0]
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (PropertyAttention, LengthAttention, ItemAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
