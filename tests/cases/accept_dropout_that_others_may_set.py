import torch
from torch import nn

EXPECT = "generated"
WHY = "how much a dropout drops is asked for at each call, and which module it is when the class is swapped"
EVERY = True


def cached(name):
    def decorate(function):
        def decorated(self, *args):
            setattr(self, name, {**getattr(self, name), "last": function(self, *args)})
            return getattr(self, name)["last"]

        return decorated

    return decorate


class SetAttention(nn.Module):
    def __init__(self, drop=0.0):
        super().__init__()
        self.dropout = nn.Dropout(drop)

    def forward(self, query, key, value):
        weights = self.dropout((query @ key.transpose(-1, -2)).softmax(-1))
        return weights @ value

    def drop(self, rate):
        self.dropout.p = rate


class Block(nn.Module):
    def __init__(self, kind="SetAttention", late=None):
        super().__init__()
        self.attention = globals()[kind]()
        if late is not None:
            self.attention.drop(late)

    def forward(self, query, key, value):
        return self.attention(query, key, value)

    def fuse(self):
        for name, child in self.named_children():
            setattr(self, name, child.fuse())


def examples():
    torch.manual_seed(0)
    for module in (SetAttention(), Block(), Block(late=0.0)):
        yield module, tuple(torch.randn(2, 2, 9, 8) for _ in range(3)), {}


def example():
    return next(examples())
