"""The same where the caller asks: by a literal, by its own argument, or by the argument's default."""

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "where the helper is asked for its weights it makes them"

class Helping(nn.Module):
    def attend(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs

class ToldAttention(Helping):
    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value, output_attentions=True)
        return context if probs is None else context * probs.amax() * probs.size(-1)

class HandedAttention(Helping):
    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attend(query, key, value, output_attentions)
        if output_attentions:
            context = context if probs is None else context * probs.amax() * probs.size(-1)
        return context

class DefaultAttention(nn.Module):
    def attend(self, query, key, value, output_attentions=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs

    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value)
        return context if probs is None else context * probs.amax() * probs.size(-1)

def attend(query, key, value, output_attentions=False):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
    return torch.matmul(probs, value), probs

class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        context, probs = attend(query, key, value, output_attentions=True)
        return context if probs is None else context * probs.amax() * probs.size(-1)

def examples():
    torch.manual_seed(0)
    for attention in (ToldAttention, HandedAttention, DefaultAttention, FunctionAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}

def example():
    return next(examples())

