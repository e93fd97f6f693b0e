import torch
from torch import nn

EXPECT = "refused"
WHY = "the inverse of the whole numbers 0 and 1 is -1 and -2, not the other side of a mask"
CODES = {
    "FactorAttention": "SCALE_SHAPE",
    "FillAttention": "MASK_PRODUCT",
    "UnknownAttention": "SCALE_SHAPE",
}


class FactorAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = torch.ones(query.size(-2), key.size(-2)).tril(-1).long()
        scores = scores * ~side + -1e9 * side
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FillAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = torch.ones(query.size(-2), key.size(-2)).tril(-1).long()
        scores = scores * (1 - side) + -1e9 * (1 - (~side))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class UnknownAttention(nn.Module):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        side = ~mask.long()
        scores = scores * side + -1e9 * (1 - side)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([FactorAttention(), FillAttention(), UnknownAttention()])

    def forward(self, query, key, value, mask):
        return [part(query, key, value, mask) for part in self.parts]


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        query, key, value = (torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.arange(keys) > 2
        yield Model(), (query, key, value, mask.expand(batch, 1, queries, keys)), {}


def example():
    return next(examples())
