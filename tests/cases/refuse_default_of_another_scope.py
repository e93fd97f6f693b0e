import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a default means the name where the helper is defined, which is another one than at the call'


LOWEST = -1.0


def hide(scores, keep, value=LOWEST):
    hidden = (lambda kept: ~kept)(keep)
    return scores.masked_fill(hidden, value)


class LocalAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        LOWEST = -1e30
        assert LOWEST
        scores = hide(scores, keep)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class BodyAttention(nn.Module):
    LOWEST = -2.0

    def hide(self, scores, keep, value=LOWEST):
        hidden = (lambda kept: ~kept)(keep)
        return scores.masked_fill(hidden, value)

    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.hide(scores, keep)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EarlierAttention(nn.Module):
    def forward(self, query, key, value, keep):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        lowest = -1.0

        def cover(scores, value=lowest):
            hidden = (lambda kept: ~kept)(keep)
            return scores.masked_fill(hidden, value)

        lowest = -1e30
        assert lowest
        scores = cover(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (LocalAttention, BodyAttention, EarlierAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        keep = torch.rand(2, 1, 5, 5) > 0.4
        keep[..., 0] = True
        yield kind(), (query, key, value, keep), {}
