import torch
from torch import nn

EXPECT = "generated"
WHY = "under a flag keys and values are packed; there the original runs, and in the other branches nothing is lost"


def unpacked(packed, size):
    return packed.float() * size


class PackedAttention(nn.Module):
    def __init__(self, packed=False):
        super().__init__()
        self.packed = packed

    def forward(self, query, key, value, seen=None):
        if self.packed:
            keys, size = key
            key = unpacked(keys, size)
            scores = torch.matmul(query, key.transpose(-1, -2))
        else:
            scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / query.size(-1) ** 0.5
        if seen is not None:
            scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1)
        if self.packed:
            values, size = value
            value = unpacked(values, size)
            met = torch.matmul(weights, value)
        else:
            met = torch.matmul(weights, value)
        return met.transpose(1, 2)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        seen = torch.ones(batch, 1, 1, keys, dtype=torch.bool)
        seen[0, ..., :2] = False
        yield PackedAttention(), (query, key, value), {"seen": seen}
        yield PackedAttention(), (query, key, value), {}
        whole = [(4.0 * part).round() for part in (key, value)]
        yield PackedAttention(packed=True), (query, *((part, 0.25) for part in whole)), {}


def example():
    return next(examples())
