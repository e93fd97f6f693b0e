import torch
from torch import nn

EXPECT = "generated"
WHY = "torch.mm is a product of two matrices, with no leading axis"
EVERY = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        return torch.mm(torch.softmax(torch.mm(query, key.t()) / 3.0, dim=-1), value)


class MethodAttention(nn.Module):
    def forward(self, query, key, value):
        return query.mm(key.transpose(0, 1)).softmax(-1).mm(value)


def examples():
    torch.manual_seed(0)
    for make in (Attention, MethodAttention):
        for queries, keys in ((5, 5), (3, 7)):
            yield make(), tuple(2.0 * torch.randn(length, 8) for length in (queries, keys, keys)), {}


def example():
    return next(examples())
