from inspect import isfunction

import torch
from torch import einsum, nn

EXPECT = "generated"
WHY = "what a lambda gives that a helper calls, or hands on, is known as if it stood there"
EVERY = True


def exists(value):
    return value is not None


def default(value, instead):
    if exists(value):
        return value
    return instead() if isfunction(instead) else instead


class MaskedAttention(nn.Module):
    def forward(self, query, key, value, mask=None, context_mask=None):
        rows, columns, device = query.shape[-2], key.shape[-2], query.device
        scores = einsum("b h i d, b h j d -> b h i j", query, key) * 0.3
        if exists(mask):
            context_mask = default(context_mask, lambda: torch.ones(1, key.shape[-2], device=device).bool())
            seen = mask[:, None, :, None] * context_mask[:, None, None, :]
            scores = scores.masked_fill(~seen, -torch.finfo(scores.dtype).max)
        return scores.softmax(dim=-1) @ value


class ContextAttention(nn.Module):
    def forward(self, query, key, value, mask=None, context_mask=None):
        key, value = default(key, query), default(value, lambda: query)
        scores = query @ key.transpose(-1, -2) * 0.3
        if exists(mask):
            seen = default(context_mask, lambda: torch.ones(1, 1, dtype=torch.bool))
            scores = scores.masked_fill(~seen[:, None, None, :], -1e30)
        return scores.softmax(dim=-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = MaskedAttention(), ContextAttention()

    def forward(self, query, key, value, mask=None, context_mask=None):
        first = self.first(query, key, value, mask, context_mask)
        return first + self.second(query, key, value, mask, context_mask) + self.second(query, None, None)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    mask, context_mask = torch.rand(2, 5) > 0.3, torch.rand(2, 5) > 0.3
    for given in ((None, None), (mask, None), (mask, context_mask)):
        yield Block(), (query, key, value, *given), {}


def example():
    return next(examples())
