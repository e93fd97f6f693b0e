import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the output is scaled by the keys' share twice"
CODE = "LEFTOVER"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sinks = nn.Parameter(2.0 * torch.randn(2))

    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1, keepdim=True) - self.sinks.view(1, -1, 1, 1))
        output = torch.matmul(scores.softmax(dim=-1), value)
        output = output * share
        return output * share


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}
        mask = torch.zeros(batch, 1, queries, keys)
        mask[0, :, -1, 1:] = torch.finfo(torch.float32).min
        yield Attention(), (query, key, value, mask), {}


def example():
    return next(examples())
