import torch
from torch import nn

EXPECT = "generated"
WHY = "a part that is called between the sum and the softmax, and changes nothing that it holds"
EVERY = True


class PaddedTableAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 1, 0)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class BagAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(6, 1, None, 2.0)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.table(torch.arange(6).view(6, 1))
        return torch.softmax(scores, dim=-1) @ (value + shift)


class InsideAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.Sequential(nn.Linear(8, 6), nn.Linear(6, 8))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.part[0].bias
        shift = self.part(value)
        return torch.softmax(scores, dim=-1) @ (value + shift)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 6), (1, 3, 6), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        for kind in (PaddedTableAttention, BagAttention, InsideAttention):
            yield kind(), (query, key, value), {}


def example():
    return next(examples())
