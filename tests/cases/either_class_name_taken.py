import torch
from torch import nn

EXPECT = "either"
WHY = "the file already has a class of the generated name"


class SdpaAttention(nn.Module):
    def forward(self, value):
        return value


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.other = SdpaAttention()

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return self.other(torch.matmul(scores.softmax(-1), value))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
