import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "everything in one expression"


class Attention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(F.softmax(torch.matmul(query, key.transpose(2, 3)) / 3.0, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
