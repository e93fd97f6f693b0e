"""A side that is lost, below conditions under which alone the call stands."""

import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WRITTEN = {
    "OptionalAttention": "if setting is not None and setting.capped and setting.sharp:",
    "ComputedAttention": "if self.capped:",
}
WHY = "what a guard asks of an argument may be asked only where upstream asks it, and once"


class Setting:
    def __init__(self, capped, sharp):
        self.capped, self.sharp = capped, sharp


class OptionalAttention(nn.Module):
    def forward(self, query, key, value, setting=None):
        if setting is not None:
            scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
            if setting.capped:
                if setting.sharp:
                    scores = torch.tanh(scores)
            return torch.matmul(torch.softmax(scores, dim=-1), value)
        return value.mean(dim=-2, keepdim=True).expand_as(query)


class ComputedAttention(nn.Module):
    def __init__(self, capped=False):
        super().__init__()
        self.capped, self.fused = capped, True

    def forward(self, query, key, value):
        query = query * 2.0
        if query.sum() < 1e9:
            if self.fused:
                scores = torch.matmul(query, key.transpose(-1, -2)) * 0.4
                if self.capped:
                    scores = torch.tanh(scores)
                return torch.matmul(torch.softmax(scores, dim=-1), value)
        return query


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        for setting in (None, Setting(False, True), Setting(True, False), Setting(True, True)):
            yield OptionalAttention(), (query, key, value, setting), {}
        for capped in (False, True):
            yield ComputedAttention(capped), (query, key, value), {}


def example():
    return next(examples())
