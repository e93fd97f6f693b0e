import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "ClosureAttention": "ESCAPE",
    "KeptClosureAttention": "ESCAPE",
    "CarriedAttention": "ESCAPE",
    "IndexAttention": "ESCAPE",
    "SometimesAttention": "ESCAPE",
}
WHY = "a pass that reads the scores of the pass before, or a function that may, needs them made"


class ClosureAttention(nn.Module):
    def forward(self, query, key, value):
        outputs, sizes = [], []
        for _ in range(2):
            scores = query @ key.transpose(-1, -2)

            def size():
                return scores.sum()

            outputs.append(torch.softmax(scores, dim=-1) @ value)
            sizes.append(size())
        return torch.cat(outputs, 1), sizes


class KeptClosureAttention(nn.Module):
    def forward(self, query, key, value):
        outputs, asks = [], []
        for _ in range(2):
            scores = query @ key.transpose(-1, -2)

            def ask():
                return scores.shape

            outputs.append(torch.softmax(scores, dim=-1) @ value)
            asks.append(ask)
        return torch.cat(outputs, 1), [ask() for ask in asks]


class CarriedAttention(nn.Module):
    def forward(self, query, key, value):
        outputs = []
        for turn in range(2):
            scores = (query * (scores.shape[0] if turn else 1)) @ key.transpose(-1, -2)  # noqa: F821
            outputs.append(torch.softmax(scores, dim=-1) @ value)
        return torch.cat(outputs, 1)


class IndexAttention(nn.Module):
    def forward(self, query, key, value):
        outputs = []
        for turn in range(2):
            table = {}
            table[scores.shape[0] if turn else 0] = 1.0  # noqa: F821
            scores = query @ key.transpose(-1, -2)
            outputs.append(torch.softmax(scores, dim=-1) @ value)
        return torch.cat(outputs, 1)


class SometimesAttention(nn.Module):
    def forward(self, query, key, value):
        outputs, seen = [], 0.0
        for turn in range(2):
            if turn:
                seen = scores.sum()  # noqa: F821
            scores = query @ key.transpose(-1, -2)
            outputs.append(torch.softmax(scores, dim=-1) @ value)
        return torch.cat(outputs, 1), seen


def examples():
    torch.manual_seed(0)
    for attention in (ClosureAttention, KeptClosureAttention, CarriedAttention, IndexAttention, SometimesAttention):
        yield attention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
