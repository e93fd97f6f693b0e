import torch
from torch import nn

EXPECT = "generated"
WHY = "a lambda or a method that changes nothing is mapped over the operands"
EVERY = True


class LambdaAttention(nn.Module):
    def forward(self, query, key, value, mask):
        heads = 3
        q, k, v = map(lambda t: t.unflatten(-1, (heads, -1)).transpose(1, 2), (query, key, value))
        scores = q @ k.transpose(-1, -2)
        scores.masked_fill_(~mask, -torch.finfo(scores.dtype).max)
        return scores.softmax(dim=-1) @ v


class MethodAttention(nn.Module):
    def split(self, states):
        return states.unflatten(-1, (3, -1)).transpose(1, 2)

    def forward(self, query, key, value, mask):
        q, k, v = tuple(map(self.split, (query, key, value)))
        scores = (q @ k.transpose(-1, -2)).masked_fill(~mask, -1e9)
        return scores.softmax(dim=-1) @ v


class FilterAttention(nn.Module):
    def forward(self, query, key, value, mask):
        q, k, v = filter(lambda t: t.dim() == 3, [query, key, mask, value])
        scores = (q @ k.transpose(-1, -2)).masked_fill(~mask[:, 0], -1e9)
        return scores.softmax(dim=-1) @ v


def examples():
    torch.manual_seed(0)
    for attention in (LambdaAttention, MethodAttention, FilterAttention):
        for batch, queries, keys in ((2, 5, 4), (1, 1, 4)):
            query, key, value = (torch.randn(batch, length, 24) for length in (queries, keys, keys))
            mask = torch.rand(batch, 1, queries, keys) > 0.4
            mask[..., 0] = True
            yield attention(), (query, key, value, mask), {}


def example():
    return next(examples())
