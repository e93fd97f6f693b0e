import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "the module's own flag says whether the result holds the weights, however they come into it"


class Keeping(nn.Module):
    def __init__(self, keep, cached=False):
        super().__init__()
        self.keep = keep
        self.cached = cached


class AppendedAttention(Keeping):
    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        results = [weights @ value]
        if self.keep:
            results.append(weights)
        return results


class AddedAttention(Keeping):
    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        results = (weights @ value,)
        if self.keep:
            results += (weights,)
        if self.cached:
            results += (key,)
        return results


class NestedAttention(Keeping):
    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        results = (weights @ value,)
        if self.cached:
            results = results + (key,)
        if self.keep:
            results = results + ((weights, value),)
        return results


class ElseAttention(Keeping):
    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        results = [weights @ value]
        if not self.keep:
            pass
        else:
            results.extend([weights])
        return tuple(results)


class TakenAttention(Keeping):
    """What is taken out of the result may be the weights."""

    def forward(self, query, key, value):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        results = (weights @ value,)
        if self.cached:
            results = results + (key,)
        if self.keep:
            results = results + (weights,)
        return results[0], (results[1] if len(results) > 1 else None)


def examples():
    for make in (AppendedAttention, AddedAttention, NestedAttention, ElseAttention, TakenAttention):
        for keep in (False, True):
            for cached in (False, True):
                torch.manual_seed(0)
                query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
                yield make(keep, cached), (query, key, value), {}


def example():
    return next(examples())
