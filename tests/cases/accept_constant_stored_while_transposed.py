import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "heads and queries change places, some places are filled, and they change back"
GRADIENTS = False  # of rows that are stored to as a whole


class Attention(nn.Module):
    def forward(self, query, key, value, masked, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        batch, heads, rows, columns = query.size(0), query.size(1), query.size(2), key.size(2)
        scores = scores.view(batch, heads, rows, columns).transpose(1, 2)
        where = masked.transpose(1, 2).nonzero(as_tuple=True)
        scores[where[0], where[1], :, where[3]] = torch.finfo(scores.dtype).min
        scores = scores.transpose(1, 2)
        scores = scores if mask is None else scores + mask
        scores[..., 0] = torch.finfo(scores.dtype).min
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        masked = torch.rand(batch, 2, queries, keys) > 0.7
        masked[..., 0] = False
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., 2:4] = torch.finfo(torch.float32).min
        for mask in (None, padding):
            yield Attention(), (query, key, value, masked, mask), {}


def example():
    return next(examples())
