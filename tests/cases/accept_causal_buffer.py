import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "GPT-2: a causal buffer, cut to the lengths"
TERMS = 2


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer(
            "bias", torch.tril(torch.ones((12, 12), dtype=torch.bool)).view(1, 1, 12, 12), persistent=False
        )

    def forward(self, query, key, value, mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        queries, keys = query.size(-2), key.size(-2)
        causal = self.bias[:, :, keys - queries : keys, :keys]
        scores = torch.where(causal, scores, torch.finfo(scores.dtype).min)
        if mask is not None:
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        padding = torch.zeros(batch, 1, 1, keys)
        padding[0, ..., :2] = torch.finfo(torch.float32).min
        causal = torch.full((batch, 1, queries, keys), torch.finfo(torch.float32).min).triu(1)
        causal[:, :, 0] = torch.finfo(torch.float32).min
        yield Attention(), (query, key, value), {}
        yield Attention(), (query, key, value, padding), {}
        yield Attention(), (query, key, value), {"mask": causal}


def example():
    return next(examples())
