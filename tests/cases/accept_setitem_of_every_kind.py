import torch
from torch import nn

EXPECT = "generated"
WHY = "part of the scores is emptied in place, by the operation setitem"
EVERY = True


class MaskAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[mask.expand_as(scores)] = -1e30
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class LowestAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = torch.finfo(scores.dtype).min
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = -1e35
        scores[..., -1] = -1e36
        scores[..., 1] = -1e20
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ThenScaledAttention(nn.Module):
    def __init__(self, flag=False):
        super().__init__()
        self.flag = flag
        self.temperature = nn.Parameter(0.5 + torch.rand(1, 2, 1, 1))

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores[..., 0] = -1e35
        scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([
            MaskAttention(),
            LowestAttention(),
            TwoAttention(),
            ThenScaledAttention(),
        ])

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
