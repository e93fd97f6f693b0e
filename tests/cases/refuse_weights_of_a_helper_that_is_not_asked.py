"""A helper with an argument that asks for weights returns them whatever it says, and a caller that does not say so
uses them."""

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "UnaskedAttention": "CALLER",
    "HandedAttention": "CALLER",
    "FunctionAttention": "CALLER",
    "LateAttention": "CALLER",
    "ElsewhereAttention": "CALLER",
}
WHY = "the weights are used where nobody has asked the helper for them, and they would be None there"

class Helping(nn.Module):
    def attend(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs

class UnaskedAttention(Helping):
    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value)
        return context if probs is None else context * 2.0


class HandedAttention(Helping):
    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attend(query, key, value, output_attentions)
        return context if probs is None else context * 2.0

class LateAttention(Helping):
    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attend(query, key, value, output_attentions=output_attentions)
        output_attentions = True
        if output_attentions:
            context = context if probs is None else context * 2.0
        return context


class ElsewhereAttention(Helping):
    def scaled(self, context, probs, output_attentions):
        if output_attentions:
            return context if probs is None else context * 2.0
        return context

    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attend(query, key, value, output_attentions)
        return self.scaled(context, probs, not self.training)


def attend(query, key, value, output_attentions=False):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
    return torch.matmul(probs, value), probs

class FunctionAttention(nn.Module):
    def forward(self, query, key, value):
        context, probs = attend(query, key, value)
        return context if probs is None else context * 2.0

def examples():
    torch.manual_seed(0)
    for attention in (UnaskedAttention, HandedAttention, FunctionAttention, LateAttention, ElsewhereAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}

def example():
    return next(examples())

