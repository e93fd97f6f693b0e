import torch
from torch import nn

EXPECT = "refused"
CODE = "CAST"
WHY = "whether the scores are float32 by the time of a weak fill is a matter of a branch"


class Attention(nn.Module):
    def __init__(self, wide=False):
        super().__init__()
        self.wide = wide

    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.wide:
            scores = scores.float()
        scores = scores.masked_fill(first, -1e9)
        scores = scores + second
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


class CastAttention(Attention):
    def forward(self, query, key, value, first, second):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        if self.wide:
            scores = scores.float()
        else:
            scores = scores * 1.5
        scores = scores.masked_fill(first, -1e9)
        scores = scores + second
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for kind in (Attention, CastAttention):
        for wide in (False, True):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            first = torch.arange(5) > 2
            second = torch.where(first, 0.0, -1e9)
            yield kind(wide), (query, key, value, first, second.expand(5, 5)), {}


def example():
    return next(examples())
