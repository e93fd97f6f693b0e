import torch
from torch import nn

EXPECT = "refused"
WHY = "a number clamped by a tensor is as large as the tensor"
CODES = {
    "MinimumAttention": "SCALE_SHAPE",
    "MaximumAttention": "SCALE_SHAPE",
}


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.3))


class MinimumAttention(Scaled):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale.clamp(min=key.mean(-1).unsqueeze(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class MaximumAttention(Scaled):
    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale.clip(max=key.mean(-1).unsqueeze(-2))
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([MinimumAttention(), MaximumAttention()])

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
