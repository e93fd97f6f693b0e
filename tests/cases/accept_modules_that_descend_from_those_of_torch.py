import torch
from torch import nn

EXPECT = "generated"
WHY = "a call of a module runs the forward that its class inherits from torch, which changes nothing"
EVERY = True


from einops.layers.torch import Rearrange


class Linear(nn.Linear):
    def __init__(self, size_in, size_out, start="zeros"):
        super().__init__(size_in, size_out)
        self.start = start
        nn.init.normal_(self.weight, std=0.3)


class HandingOn(nn.Linear):
    def forward(self, states):
        return super().forward(states)


class InheritingAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = Linear(8, 8)
        self.bias = Linear(4, 2)

    def forward(self, query, key, value, pairs):
        keys = self.keys(key)
        scores = query @ keys.transpose(-1, -2)
        bias = self.bias(pairs).permute(0, 3, 1, 2)
        return (scores + bias).softmax(-1) @ value


class HandingOnAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = HandingOn(8, 8)
        self.bias = HandingOn(4, 2)

    def forward(self, query, key, value, pairs):
        keys = self.keys(key)
        scores = query @ keys.transpose(-1, -2)
        bias = self.bias(pairs).permute(0, 3, 1, 2)
        return (scores + bias).softmax(-1) @ value


class RearrangedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Sequential(nn.Linear(4, 2), Rearrange("b l r h -> b h l r"))

    def forward(self, query, key, value, pairs):
        scores = query @ key.transpose(-1, -2)
        return (scores + self.bias(pairs)).softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for make in (InheritingAttention, HandingOnAttention, RearrangedAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value, torch.randn(2, 5, 5, 4)), {}


def example():
    return next(examples())
