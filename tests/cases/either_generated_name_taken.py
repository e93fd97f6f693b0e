import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the file has a class of the name that generated code would take"


class SdpaAttention(nn.Module):
    def forward(self, context):
        return context * 2.0


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = SdpaAttention()

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        context = torch.matmul(probs, value)
        return context * 2.0 if isinstance(self.last, SdpaAttention) else context


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
