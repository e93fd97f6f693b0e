import torch
from torch import nn

EXPECT = "generated"
WHY = "an input of baddbmm has the product's dtype, and is cast where the scores are: its dtype is theirs on either side"
WRITTEN = {
    "SlopedAttention": "torch.finfo(bias.dtype).min",
    "TwiceAttention": "torch.finfo(bias.dtype).min",
    "FilledAttention": "dtype=bias.dtype",
}


class SlopedAttention(nn.Module):
    def __init__(self, precise=False):
        super().__init__()
        self.precise = precise

    def forward(self, query, key, value, slopes, hidden):
        batch, queries, _ = query.shape
        scores = slopes.baddbmm(batch1=query, batch2=key.transpose(1, 2), beta=0.5, alpha=0.3)
        scores = scores.view(batch // 2, 2, queries, key.shape[1])
        if self.precise:
            scores = scores.to(torch.float)
        weights = torch.masked_fill(scores, hidden, torch.finfo(scores.dtype).min)
        weights = torch.softmax(weights, dim=-1, dtype=torch.float32).to(query.dtype)
        return torch.bmm(weights.view(batch, queries, key.shape[1]), value)


class TwiceAttention(SlopedAttention):
    def forward(self, query, key, value, slopes, hidden):
        scores = torch.baddbmm(slopes, query, key.transpose(1, 2), alpha=0.3)
        if self.precise:
            scores = scores.float()
        scores = scores + hidden[0].sum(1) * 0.25
        lowest = torch.finfo(scores.dtype).min
        scores = scores.masked_fill(hidden[0, 0], lowest)
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
        return torch.bmm(weights, value)


class FilledAttention(SlopedAttention):
    def forward(self, query, key, value, slopes, hidden):
        scores = torch.baddbmm(slopes, query, key.transpose(1, 2), alpha=0.3)
        scores = scores.masked_fill(hidden[0, 0], -1e9)
        if self.precise:
            scores = scores.float()
        form = torch.zeros(2, dtype=scores.dtype)
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
        return torch.bmm(weights, value), form


class AbsentAttention(SlopedAttention):
    def forward(self, query, key, value, slopes, hidden):
        if slopes is None:
            scores = torch.bmm(query, key.transpose(1, 2))
        else:
            scores = torch.baddbmm(slopes, query, key.transpose(1, 2))
        if self.precise:
            scores = scores.float()
        form = torch.zeros(2, dtype=scores.dtype)
        return torch.bmm(torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype), value), form


def examples():
    for make in (SlopedAttention, TwiceAttention, FilledAttention, AbsentAttention):
        for precise in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(4, 5, 8) for _ in range(3))
            hidden = torch.ones(5, 5).triu(1).bool().view(1, 1, 5, 5)
            yield make(precise), (query, key, value, torch.randn(4, 1, 5), hidden), {}


def example():
    return next(examples())
