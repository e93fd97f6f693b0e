import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "TupleAttention": "FILL_UNKNOWN",
    "KeywordAttention": "FILL_UNKNOWN",
    "ReflectedAttention": "FILL_UNKNOWN",
    "NestedAttention": "FILL_UNKNOWN",
    "MethodAttention": "FILL_UNKNOWN",
    "OwnAttention": "COPY",
}
WHY = "a function's defaults are changed after its `def`, and the constants that stand there are not the ones that count"


def hide(scores, hidden, low=-1e9):
    return scores.masked_fill(hidden, low)


def hide_by_name(scores, hidden, *, low=-1e9):
    return scores.masked_fill(hidden, low)


def hide_reflected(scores, hidden, low=-1e9):
    return scores.masked_fill(hidden, low)


def weaken(function):
    function.__defaults__ = (-0.5,)


weaken(hide)
hide_by_name.__kwdefaults__["low"] = -0.5
setattr(hide_reflected, "__" + "defaults__", (-0.5,))


class TupleAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        return torch.softmax(hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class KeywordAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        return torch.softmax(hide_by_name(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class ReflectedAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        return torch.softmax(hide_reflected(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class NestedAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        def hide_here(scores, low=-1e9):
            return scores.masked_fill(hidden, low)

        hide_here.__defaults__ = (-0.5,)
        return torch.softmax(hide_here(query @ key.transpose(-1, -2)), dim=-1) @ value


class MethodAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.hide.__func__.__defaults__ = (-0.5,)

    def hide(self, scores, hidden, low=-1e9):
        return scores.masked_fill(hidden, low)

    def forward(self, query, key, value, hidden):
        return torch.softmax(self.hide(query @ key.transpose(-1, -2), hidden), dim=-1) @ value


class OwnAttention(nn.Module):
    def forward(self, query, key, value, hidden, heat=2.0):
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


weaken(OwnAttention.forward)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        hidden = torch.rand(batch, 1, queries, keys) > 0.6
        hidden[..., 0] = False
        for kind in (TupleAttention, KeywordAttention, ReflectedAttention, NestedAttention, MethodAttention, OwnAttention):
            yield kind(), (query, key, value, hidden), {}


def example():
    return next(examples())
