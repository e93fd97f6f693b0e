import torch
from torch import nn

EXPECT = "either"
WHY = "expressible, refused with a reason today: several names in one assignment"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores, factor = torch.matmul(query, key.transpose(-1, -2)), 0.3
        scores = scores * factor
        probs = attn = scores.softmax(-1)
        return torch.matmul(attn, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
