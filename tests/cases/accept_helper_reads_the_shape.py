import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper is given the scores, and reads their shape, dtype and device alone"

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(0.5 * torch.randn(2, 16))

    def positions(self, scores, offset):
        batch, heads, rows, columns = scores.shape
        scores = scores.view(batch * heads, rows, columns)
        distance = torch.arange(columns, device=scores.device)[None] - torch.arange(rows, device=scores.device)[:, None]
        return self.table[:, (distance + offset) % 16].to(scores.dtype).expand(batch, heads, rows, columns)

    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        bias = self.positions(scores, 3)
        scores = scores + bias
        if mask is None:
            mask = torch.zeros_like(scores)
        scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., :2] = torch.finfo(torch.float32).min
        for mask in (None, padding):
            torch.manual_seed(1)
            yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
