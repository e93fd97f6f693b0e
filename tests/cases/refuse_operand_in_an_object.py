import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'an object that was given a tensor may change it whenever it is used'
CODES = {'CalledAttention': 'OPERAND_CHANGED', 'CountedAttention': 'OPERAND_CHANGED', 'ReadAttention': 'OPERAND_CHANGED', 'AddedAttention': 'OPERAND_CHANGED', 'DeletedAttention': 'OPERAND_CHANGED'}


class Holder:
    def __init__(self, mask):
        self.mask = mask

    def __call__(self):
        return self.mask.zero_().dim()

    __len__ = __del__ = __enter__ = __call__
    cleared = property(__call__)

    def __add__(self, other):
        return self() + other

    def __exit__(self, *error):
        return None


class CalledAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        held()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CountedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        assert len(held)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReadAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        assert held.cleared
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AddedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        assert held + 1
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EnteredAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        with held:
            pass
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DeletedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = Holder(bias)
        scores = scores + bias
        del held
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (CalledAttention, CountedAttention, ReadAttention, AddedAttention, EnteredAttention, DeletedAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
