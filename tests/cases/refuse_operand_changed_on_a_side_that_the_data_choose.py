import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "whether the query is changed before the call is not known at the first line, or it is changed on either side"


class DataAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        if scores.shape[-1] > 3 and query.sum() > key.sum():
            query.mul_(5.0)
        return torch.softmax(scores, dim=-1) @ value


class LoopAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        scores = query @ key.transpose(-1, -2) * 0.3
        for factor in [2.0, 3.0] if sharp else []:
            query.mul_(factor)
        return torch.softmax(scores, dim=-1) @ value


class WholeAttention(nn.Module):
    def forward(self, query, key, value, sharp=False):
        query = query * 1.0
        if not sharp:
            scores = query @ key.transpose(-1, -2) * 0.3
            query.mul_(5.0)
            return torch.softmax(scores, dim=-1) @ value
        return query


def examples():
    for make in (DataAttention, LoopAttention, WholeAttention):
        for sharp in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(), (query, key, value, sharp), {}


def example():
    return next(examples())
