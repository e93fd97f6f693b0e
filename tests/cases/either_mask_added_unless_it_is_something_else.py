import torch
from torch import nn

EXPECT = "either"
WHY = "a mask that is added under another test than that it is not None"


class EqualAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask == None:  # noqa: E711  # the other comparison is what this is about
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FalseAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask is not False:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class WrongAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask is ...:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (EqualAttention, FalseAttention, WrongAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = False if attention is FalseAttention and batch == 1 else torch.randn(queries, keys)
            yield attention(), (query, key, value, mask), {}


def example():
    return next(examples())
