import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "`super(Class, self)` is the order of inheritance behind that class, whichever it is"


class PlainAttention(nn.Module):
    def __init__(self, heads, size, rate=0.0, table=None):
        super(PlainAttention, self).__init__()
        self.heads = heads
        self.scale = 1 / (size**0.5)
        self.dropout = nn.Dropout(rate)
        if table is None:
            self.table = nn.Parameter(torch.randn(heads, 1, 1))
        else:
            self.table = table

    def biased(self, scores):
        return scores + self.table

    def forward(self, query, key, value):
        raise NotImplementedError


class HandedAttention(PlainAttention):
    def __init__(self, *args, **kwargs):
        super(HandedAttention, self).__init__(*args, **kwargs)

    def forward(self, query, key, value):
        scores = self.biased(torch.matmul(query, key.transpose(-1, -2))) * self.scale
        weights = self.dropout(F.softmax(scores, dim=-1))
        return torch.matmul(weights, value)


class HandedTwiceAttention(HandedAttention):
    def __init__(self, *args, **kwargs):
        super(HandedTwiceAttention, self).__init__(*args, **kwargs)

    def biased(self, scores):
        return scores - 2.0 * self.table

    def forward(self, query, key, value):
        scores = super(HandedAttention, self).biased(torch.matmul(query, key.transpose(-1, -2))) * self.scale
        weights = self.dropout(F.softmax(scores, dim=-1))
        return torch.matmul(weights, value)


class BehindAttention(HandedTwiceAttention):
    def forward(self, query, key, value):
        scores = super(BehindAttention, self).biased(torch.matmul(query, key.transpose(-1, -2))) * self.scale
        weights = self.dropout(F.softmax(scores, dim=-1))
        return torch.matmul(weights, value)


def examples():
    for make in (HandedAttention, HandedTwiceAttention, BehindAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(2, 8, rate=0.0), (query, key, value), {}


def example():
    return next(examples())
