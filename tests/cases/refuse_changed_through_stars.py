import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = "what a helper is given with stars, or as an extra keyword, is the caller's own"
CODES = {'KeywordAttention': 'OPERAND_CHANGED', 'TupleAttention': 'OPERAND_CHANGED', 'DictAttention': 'OPERAND_CHANGED', 'ReturnedAttention': 'OPERAND_CHANGED', 'UnknownAttention': 'OPERAND_CHANGED'}


CLEARERS = [lambda *masks: [mask.zero_() for mask in masks]]
clear_all = CLEARERS[0]


class KeywordAttention(nn.Module):
    def clear(self, mask):
        mask.zero_()

    def clear_named(self, **named):
        named['mask'].zero_()

    def same(self, mask):
        return mask

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        self.clear_named(mask=bias)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TupleAttention(nn.Module):
    def clear(self, mask):
        mask.zero_()

    def clear_named(self, **named):
        named['mask'].zero_()

    def same(self, mask):
        return mask

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        held = (bias,)
        self.clear(*held)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class DictAttention(nn.Module):
    def clear(self, mask):
        mask.zero_()

    def clear_named(self, **named):
        named['mask'].zero_()

    def same(self, mask):
        return mask

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        held = {'mask': bias}
        self.clear(**held)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ReturnedAttention(nn.Module):
    def clear(self, mask):
        mask.zero_()

    def clear_named(self, **named):
        named['mask'].zero_()

    def same(self, mask):
        return mask

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        held = (bias,)
        same = self.same(*held)
        same.zero_()
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnknownAttention(nn.Module):
    def clear(self, mask):
        mask.zero_()

    def clear_named(self, **named):
        named['mask'].zero_()

    def same(self, mask):
        return mask

    def forward(self, query, key, value, bias):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + bias
        held = (bias,)
        clear_all(*held)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (KeywordAttention, TupleAttention, DictAttention, ReturnedAttention, UnknownAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5)), {}
