import torch
from torch import nn

EXPECT = "generated"
WHY = "what the scores are cast like can only be floating"
EVERY = True


class Cast(nn.Module):
    def like(self, key, mask):
        return key

    def forward(self, query, key, value, mask):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = scores.to(self.like(key, mask).dtype)
        return torch.matmul(torch.softmax(scores.to(query.dtype), dim=-1), value)


class MovedAttention(Cast):
    def like(self, key, mask):
        return key.to(key.device)


class CopiedAttention(Cast):
    def like(self, key, mask):
        return key.to(torch.float32, copy=True)


class ViewedAttention(Cast):
    def like(self, key, mask):
        return key.float().view(key.shape).clone()


class RowAttention(Cast):
    def like(self, key, mask):
        return key.float().unsqueeze(-1).clone()


class ExponentialAttention(Cast):
    def like(self, key, mask):
        return key.exp() + 1.0


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(
            [MovedAttention(), CopiedAttention(), ViewedAttention(), RowAttention(), ExponentialAttention()]
        )

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
