"""Weights that are returned whoever asks, of two helpers that read what they need of their own."""

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what a helper reads of its weights is said there without them, and is no matter of the other's weights"

class TwofoldAttention(nn.Module):
    def first(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        context = torch.matmul(probs, value)
        return context * probs.shape[-1], probs

    def second(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, value.transpose(-1, -2)) * 0.3, dim=-1)
        size = probs.shape[-1]
        context = torch.matmul(probs, key)
        return context.to(probs.dtype) * size, probs

    def forward(self, query, key, value):
        one, ones = self.first(query, key, value)
        two, twos = self.second(query, key, value)
        return one + two, ones, twos

class KeepingAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.keeps, self.last = False, None

    def attend(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        if self.keeps:
            self.last = probs
        return torch.matmul(probs, value), probs

    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value)
        return context, probs


class MetElsewhereAttention(nn.Module):
    def meet(self, probs, value):
        return torch.matmul(probs, value)

    def forward(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        context = self.meet(probs, value)
        return context * probs.shape[-1], probs

def examples():
    torch.manual_seed(0)
    for attention in (TwofoldAttention, KeepingAttention, MetElsewhereAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}

def example():
    return next(examples())

