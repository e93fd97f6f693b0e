import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "part of key.mT is the key's memory, which is changed before the call would read it"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query[..., :4] @ key.mT[..., :4, :]
        key *= 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ViewedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query[..., :4] @ key.mT[..., :4, :]
        other = key.view_as(key)
        other.mul_(0.5)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for kind in (Attention, ViewedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield kind(), (query, key, value), {}


def example():
    return next(examples())
