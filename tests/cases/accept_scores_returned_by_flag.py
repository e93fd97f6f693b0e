import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a flag keeps the scores before the softmax under another name"

class Attention(nn.Module):
    def forward(self, query, key, value, mask=None, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        if output_attentions:
            kept = scores
        else:
            kept = None
        weights = torch.softmax(scores, dim=-1)
        return torch.matmul(weights, value), kept


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        for wanted in (False, True):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(batch, 1, 1, keys)
            mask[0, ..., :2] = torch.finfo(torch.float32).min
            yield Attention(), (query, key, value, mask), {"output_attentions": wanted}


def example():
    return next(examples())
