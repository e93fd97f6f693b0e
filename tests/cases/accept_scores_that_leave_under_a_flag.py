import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores leave beside the weights under a flag of the module, where the original runs"
EVERY = True


class Flagged(nn.Module):
    def __init__(self, residual):
        super().__init__()
        self.residual = residual
        self.dropout = nn.Dropout(0.0)


class WeighedAttention(Flagged):
    def forward(self, query, key, value, before=None):
        scores = query @ key.transpose(-1, -2) * 0.3
        if before is not None:
            scores = scores + before
        weights = self.dropout(torch.softmax(scores, dim=-1))
        output = weights @ value
        if self.residual:
            return output, weights, scores
        return output, weights


class PlainAttention(Flagged):
    def forward(self, query, key, value, before=None):
        scores = query @ key.transpose(-1, -2) * 0.3
        if before is not None:
            scores = scores + before
        output = self.dropout(torch.softmax(scores, dim=-1)) @ value
        return (output, scores) if self.residual else output


class BothAttention(Flagged):
    def forward(self, query, key, value, before=None, output_attentions=False):
        probs = torch.softmax(query @ key.transpose(-1, -2) * 0.3, dim=-1)
        dropped = self.dropout(probs)
        output = dropped @ value
        if self.residual:
            return output, probs, dropped
        return (output, dropped) if output_attentions else (output, None)


class Block(nn.Module):
    def __init__(self, residual):
        super().__init__()
        self.parts = nn.ModuleList([kind(residual) for kind in (WeighedAttention, PlainAttention, BothAttention)])

    def forward(self, query, key, value, before=None):
        return [part(query, key, value, before)[: 3 if part.residual else 1] for part in self.parts]


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    for residual in (False, True):
        for before in (None, torch.randn(2, 3, 5, 5)):
            yield Block(residual), (query, key, value, before), {}


def example():
    return next(examples())
