import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "either"
WHY = "rows that a weak and an infinite constant fill as a whole pass no gradient on"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, head_dim):
        super().__init__()
        self.offset = nn.Parameter(torch.randn(head_dim))

    def cover(self, scores, hidden, value):
        return scores.masked_fill(hidden, value)

    def forward(self, query, key, value, keep=None):
        queries, keys, dim = query.size(2), key.size(2), query.size(-1)
        query = query + self.offset
        query = query * 0.5
        key = key.transpose(-1, -2)
        w = torch.matmul(query, key)
        w = w + 0.5
        w = w * -0.7
        w = self.cover(w, ~keep, -1e4)
        attention = w
        attention = self.cover(attention, ~keep, float("-inf"))
        weights = torch.softmax(attention, dim=-1)
        out = weights @ value
        return out


def kept(shape, full_rows):
    keep = torch.rand(shape) > 0.4
    keep[..., 0] = True
    if full_rows:
        keep.view(-1, keep.shape[-1])[0] = False
    return keep


def hidden(shape, full_rows):
    return torch.zeros(shape).masked_fill(~kept(shape, full_rows), torch.finfo(torch.float32).min)


def examples():
    torch.manual_seed(0)
    heads, dim = 2, 8
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        for full_rows in (False, True):
            operands = (2.0 * torch.randn(batch, heads, queries, dim), 2.0 * torch.randn(batch, 1, keys, dim), torch.randn(batch, 1, keys, dim))
            yield Attention(8), operands, {"keep": kept((batch, heads, queries, keys), full_rows)}
