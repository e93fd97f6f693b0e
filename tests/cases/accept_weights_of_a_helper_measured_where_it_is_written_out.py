import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "the helper is written out: the size of the weights is that of the keys, and where they are looked at it is the original"


class Helping(nn.Module):
    def attend(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs


class DeniedAttention(Helping):
    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value, output_attentions=False)
        return context * probs.size(-1)


class OtherwiseAttention(Helping):
    def forward(self, query, key, value, output_attentions=False):
        context, probs = self.attend(query, key, value, output_attentions)
        if output_attentions:
            return context
        return context if probs is None else context * 2.0


def examples():
    torch.manual_seed(0)
    for attention in (DeniedAttention, OtherwiseAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}
            if attention is OtherwiseAttention:
                yield attention(), (query, key, value, True), {}


def example():
    return next(examples())
