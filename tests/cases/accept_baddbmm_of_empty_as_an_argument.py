import torch
from torch import nn

EXPECT = "generated"
WHY = "an empty tensor that is made in the arguments of baddbmm, and of which nothing is read, can be left out"


class Attention(nn.Module):
    def forward(self, query, key, value, mask):
        heads, rows, columns = query.size(0), query.size(1), key.size(1)
        scores = torch.baddbmm(
            torch.empty(heads, rows, columns, dtype=query.dtype), query, key.transpose(1, 2), beta=0, alpha=0.3
        )
        scores = torch.masked_fill(scores, mask, torch.finfo(scores.dtype).min)
        return torch.bmm(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((4, 5, 5), (2, 3, 7), (6, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value, torch.arange(keys) == 0), {}


def example():
    return next(examples())
