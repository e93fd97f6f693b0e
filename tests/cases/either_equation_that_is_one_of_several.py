import torch
from torch import einsum, nn

EXPECT = "either"
WHY = "which equation it is depends on more than one condition, or on one that has changed since"


class CrossedAttention(nn.Module):
    def forward(self, query, key, value, turned=False):
        axes = "b h d j" if turned else "b h j d"
        scores = einsum(f"b h i d, {axes} -> b h i j", query, key.mT if turned else key) * 0.5
        turned = not turned
        axes = "b h d j" if turned else "b h j d"
        return einsum(f"b h i j, {axes} -> b h i d", scores.softmax(-1), value.mT if turned else value)


class SwappedAttention(nn.Module):
    def forward(self, query, key, value, turned=False):
        first, second = ("b h i d", "b h j d") if turned else ("b h j d", "b h i d")
        scores = einsum(f"{first}, {second} -> b h i j", query, key) * 0.5
        return einsum("b h i j, b h j d -> b h i d", scores.softmax(-1), value)


class BiasedAttention(nn.Module):
    def forward(self, query, key, value, turned=False):
        axes = "b h j i" if turned else "b h i j"
        bias = einsum(f"b h i d, b h j d -> {axes}", key, query)
        scores = einsum("b h i d, b h j d -> b h i j", query, key) * 0.5 + bias
        return einsum("b h i j, b h j d -> b h i d", scores.softmax(-1), value)


class ManyAttention(nn.Module):
    def forward(self, query, key, value, turned=False):
        one = "i" if turned else "x"
        other = "j" if query.size(0) > 1 else "y"
        third = "d" if query.size(1) > 1 else "z"
        fourth = "b" if query.size(2) > 1 else "w"
        text = f"{fourth} h {one} {third}, {fourth} h {other} {third} -> {fourth} h {one} {other}"
        return einsum(text, query, key).softmax(-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([CrossedAttention(), SwappedAttention(), BiasedAttention(), ManyAttention()])

    def forward(self, query, key, value, turned):
        return sum(part(query, key, value, turned) for part in self.parts)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 5) for _ in range(3))
    for turned in (False, True):
        yield Block(), (query, key, value, turned), {}


def example():
    return next(examples())
