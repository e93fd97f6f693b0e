import torch
from torch import nn

EXPECT = "generated"
WHY = "one side of an if with elifs is lost, the first, one in the middle, or the last; the others go on"
EVERY = True


class FirstAttention(nn.Module):
    def __init__(self, hook=None, mode=""):
        super().__init__()
        self.hook = hook
        self.mode = mode

    def forward(self, query, key, value, bias=None, odd=False):
        scores = query @ key.transpose(-2, -1)
        if self.hook is not None:
            scores = self.hook(scores)
        elif bias is not None:
            scores = scores + bias
        elif odd:
            scores = scores * 2.0
        return scores.softmax(dim=-1) @ value


class OnlyAttention(FirstAttention):
    def forward(self, query, key, value, bias=None, odd=False):
        scores = query @ key.transpose(-2, -1)
        if self.hook is not None:
            scores = self.hook(scores)
        elif bias is not None:
            scores = scores + bias
        return scores.softmax(dim=-1) @ value


class MiddleAttention(FirstAttention):
    def forward(self, query, key, value, bias=None, odd=False):
        scores = query @ key.transpose(-2, -1)
        if self.mode == "half":
            scores = scores * 0.5
        elif odd:
            scores = torch.tanh(scores)
        elif bias is not None:
            scores = scores + bias
        else:
            scores = scores * 1.5
        return scores.softmax(dim=-1) @ value


class LastAttention(FirstAttention):
    def forward(self, query, key, value, bias=None, odd=False):
        scores = query @ key.transpose(-2, -1)
        if self.mode == "half":
            scores = scores * 0.5
        elif bias is not None:
            scores = scores + bias
        elif odd:
            scores = torch.sin(scores)
        return scores.softmax(dim=-1) @ value


class ElseAttention(FirstAttention):
    def forward(self, query, key, value, bias=None, odd=False):
        scores = query @ key.transpose(-2, -1)
        if self.mode == "half":
            scores = scores * 0.5
        elif not odd:
            scores = scores * 0.25
        else:
            scores = torch.cos(scores)
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    for kind in (FirstAttention, OnlyAttention, MiddleAttention, LastAttention, ElseAttention):
        for mode in ("", "half"):
            for keywords in ({}, {"bias": 2.0 * torch.randn(5, 5)}, {"odd": True}):
                yield kind(mode=mode), (query, key, value), keywords
    yield FirstAttention(torch.tanh), (query, key, value), {}
    yield OnlyAttention(torch.tanh), (query, key, value), {}


def example():
    return next(examples())
