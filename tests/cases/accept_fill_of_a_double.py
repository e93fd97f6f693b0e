import torch
from torch import nn

EXPECT = "generated"
WHY = "what empties a position in float64 is beyond float32, in which a fill without a bias would be said"


class LowestAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HalvedAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        lowest = torch.finfo(query.dtype).min / 2
        scores = torch.where(hidden, lowest, torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OptionalAttention(nn.Module):
    def forward(self, query, key, value, hidden, bias=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if bias is not None:
            scores = scores + bias
        scores = torch.where(~hidden, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for dtype in (torch.float64, torch.float32):
            query, key, value = (
                2.0 * torch.randn(batch, 2, length, 8, dtype=dtype) for length in (queries, keys, keys)
            )
            for kind in (LowestAttention, HalvedAttention, OptionalAttention):
                yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
