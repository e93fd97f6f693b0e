"""A helper that returns its weights, whoever asks, is called where the call is not followed."""

import functools

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "PartialAttention": "CALLER",
    "MappedAttention": "CALLER",
    "LambdaAttention": "CALLER",
    "ComprehensionAttention": "CALLER",
    "YieldedAttention": "CALLER",
    "NamedAttention": "CALLER",
}
WHY = "what becomes of the weights there is not known, and each of these asks whether they are there"


class Helping(nn.Module):
    def attend(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs


class PartialAttention(Helping):
    def forward(self, query, key, value):
        begun = functools.partial(self.attend, query)
        context, probs = begun(key, value)
        return context if probs is None else context * 2.0


class MappedAttention(Helping):
    def forward(self, query, key, value):
        context, probs = next(map(self.attend, [query], [key], [value]))
        return context if probs is None else context * 2.0


class LambdaAttention(Helping):
    def forward(self, query, key, value):
        context, probs = (lambda: self.attend(query, key, value))()
        return context if probs is None else context * 2.0


class ComprehensionAttention(Helping):
    def forward(self, query, key, value):
        found = [self.attend(one, key, value) for one in (query,)]
        context, probs = found[0]
        return context if probs is None else context * 2.0


class YieldedAttention(Helping):
    def forward(self, query, key, value):
        def made():
            yield self.attend(query, key, value)

        context, probs = next(made())
        return context if probs is None else context * 2.0


class NamedAttention(Helping):
    def forward(self, query, key, value):
        first, _ = self.attend(query, key, value)
        context, probs = getattr(self, "at" "tend")(query, key, value)
        return first + (context if probs is None else context * 2.0)


def examples():
    torch.manual_seed(0)
    classes = (PartialAttention, MappedAttention, LambdaAttention, ComprehensionAttention, YieldedAttention)
    for attention in (*classes, NamedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
