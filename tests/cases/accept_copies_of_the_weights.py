import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "of a copy of the probabilities they are no part: they go on to the values, and the copy leaves"


class Base(nn.Module):
    def __init__(self, keep=False):
        super().__init__()
        self.keep = keep
        self.dropout = nn.Dropout(0.1)


class StoredAttention(Base):
    def forward(self, query, key, value, heads, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        if self.keep:
            self.map = weights.clone()
        return self.dropout(weights) @ value


class ReturnedAttention(Base):
    def forward(self, query, key, value, heads, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        copied = weights.clone()
        weights = self.dropout(weights)
        return weights @ value, (copied if output_attentions else None)


class GoingOnAttention(Base):
    def forward(self, query, key, value, heads, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        dropped = self.dropout(weights.clone()).clone()
        return dropped @ value, (weights if output_attentions else None)


class FactorAttention(Base):
    def forward(self, query, key, value, heads, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        copied = weights.clone()
        weights = weights * heads.view(1, -1, 1, 1)
        return weights @ value, (copied if output_attentions else None)


class BehindAttention(Base):
    def forward(self, query, key, value, heads, output_attentions=False):
        weights = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        context = weights @ value
        copied = weights.clone()
        return context, (copied if output_attentions else None)


def examples():
    for make in (StoredAttention, ReturnedAttention, GoingOnAttention, FactorAttention, BehindAttention):
        for keep in (False, True):
            torch.manual_seed(0)
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield make(keep), (query, key, value, torch.tensor([0.5, 2.0]), keep), {}


def example():
    return next(examples())
