import types
import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a tensor is changed through a container that it was put into'
CODES = {'KeywordsAttention': 'OPERAND_CHANGED', 'StoredAttention': 'OPERAND_CHANGED', 'UpdatedAttention': 'OPERAND_CHANGED', 'DefaultAttention': 'OPERAND_CHANGED', 'JoinedAttention': 'OPERAND_CHANGED', 'RepeatedAttention': 'OPERAND_CHANGED', 'SpaceAttention': 'OPERAND_CHANGED'}


class KeywordsAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = dict(mask=bias)
        scores = scores + bias
        held['mask'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class StoredAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = {}
        held['mask'] = bias
        scores = scores + bias
        held['mask'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UpdatedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = {}
        held.update(mask=bias)
        scores = scores + bias
        held['mask'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DefaultAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = {}
        held.setdefault('mask', bias)
        scores = scores + bias
        held['mask'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class JoinedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = {} | {'mask': bias}
        scores = scores + bias
        held['mask'].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class RepeatedAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = [bias] * 2
        scores = scores + bias
        held[0].zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class SpaceAttention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        held = types.SimpleNamespace()
        held.mask = bias
        scores = scores + bias
        held.mask.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (KeywordsAttention, StoredAttention, UpdatedAttention, DefaultAttention, JoinedAttention, RepeatedAttention, SpaceAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
