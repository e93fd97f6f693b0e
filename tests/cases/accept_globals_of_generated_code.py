import torch
from torch import nn

EXPECT = "generated"
WHY = "the source's own names are those that generated code likes"


eager_attention = 2.0


def fuse(number):
    return number * 3.0


def restore(number):
    return number - 1.0


def weights_requested(module):
    return None


class Attention(nn.Module):
    def forward(self, query, key, value):
        scale = fuse(0.5)
        scores = torch.matmul(query, key.transpose(-1, -2)) * scale
        probs = torch.softmax(scores, dim=-1)
        return restore(torch.matmul(probs, value)) + eager_attention


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
