import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'weights that nobody asked for are None, and the source asks whether they are'
CODES = {'IsAttention': 'ESCAPE', 'InstanceAttention': 'ESCAPE', 'HeldAttention': 'ESCAPE', 'NestedAttention': 'ESCAPE', 'GivenAttention': 'ESCAPE'}


class IsAttention(nn.Module):
    def gain(self, weights):
        return 1.0 if weights is None else 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        if probs is not None:
            output = output * 2
        return output, probs


class InstanceAttention(nn.Module):
    def gain(self, weights):
        return 1.0 if weights is None else 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        gain = 2.0 if isinstance(probs, torch.Tensor) else 1.0
        return output * gain, probs


class HeldAttention(nn.Module):
    def gain(self, weights):
        return 1.0 if weights is None else 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        held = {'weights': probs}
        gain = 1.0 if held['weights'] is None else 2.0
        return output * gain, held['weights']


class NestedAttention(nn.Module):
    def gain(self, weights):
        return 1.0 if weights is None else 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        def gain():
            return 1.0 if probs is None else 2.0

        return output * gain(), probs


class GivenAttention(nn.Module):
    def gain(self, weights):
        return 1.0 if weights is None else 2.0

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        return output * self.gain(probs), probs


def examples():
    torch.manual_seed(0)
    for kind in (IsAttention, InstanceAttention, HeldAttention, NestedAttention, GivenAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value), {}
