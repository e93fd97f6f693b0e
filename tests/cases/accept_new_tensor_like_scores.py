import torch
from torch import nn

EXPECT = "generated"
WHY = "new_ones and new_full read no more of the scores than dtype and device"


class CausalAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.3
        rows, columns = query.size(-2), key.size(-2)
        seen = scores.new_ones(rows, columns, dtype=torch.bool).tril(columns - rows)
        far = scores.new_full((rows, columns), -3.0).triu(2)
        scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min) + far
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 1, 6), (3, 4, 7)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield CausalAttention(), (query, key, value), {}


def example():
    return next(examples())
