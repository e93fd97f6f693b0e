"""What a method changes is an operand of its attention only because of what its caller passes, and something else
stands in the way of the caller's chain before that."""

import contextlib

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "TriedAttention": "OPERAND_CHANGED",
    "FunctionAttention": "OPERAND_CHANGED",
    "NestedAttention": "OPERAND_CHANGED",
}
WHY = "the values that are doubled between product and softmax are the query too"

class TriedAttention(nn.Module):
    def attend(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
        value.mul_(2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)

    def forward(self, query, key, value):
        states = value * 1.0
        try:
            return self.attend(states, key, states)
        except ValueError:
            return states

def attend(query, key, value):
    scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
    value.mul_(2.0)
    return torch.matmul(torch.softmax(scores, dim=-1), value)

class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        states = value * 1.0
        with contextlib.ExitStack():
            return attend(states, key, states)

class NestedAttention(nn.Module):
    def forward(self, query, key, value):
        scale = 0.4

        def attend(query, key, value):
            scores = torch.matmul(query, key.transpose(-1, -2)) * scale
            value.mul_(2.0)
            return torch.matmul(torch.softmax(scores, dim=-1), value)

        states = value * 1.0
        return attend(states, key, states)

def examples():
    torch.manual_seed(0)
    for attention in (TriedAttention, FunctionAttention, NestedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}

def example():
    return next(examples())

