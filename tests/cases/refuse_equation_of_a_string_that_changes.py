import torch
from torch import einsum, nn

EXPECT = "refused"
WHY = "what the equation says is not what the string said where it was made"
CODES = {
    "ReplacedAttention": "EQUATION",
    "ExtendedAttention": "EQUATION",
    "LaterAttention": "UNKNOWN",
    "TurnedAttention": "EQUATION",
    "GivenAttention": "EQUATION",
    "LoopAttention": "EQUATION",
    "ReboundAttention": "EQUATION",
}


class ReplacedAttention(nn.Module):
    def forward(self, query, key, value):
        axes = "i j"
        axes = axes.replace("i", "i")
        return einsum(f"b h i d, b h j d -> b h {axes}", query, key).softmax(-1) @ value


class ExtendedAttention(nn.Module):
    def forward(self, query, key, value):
        axes = "b h i"
        axes += " j"
        return einsum(f"b h i d, b h j d -> {axes}", query, key).softmax(-1) @ value


class LaterAttention(nn.Module):
    def forward(self, query, key, value):
        axes = "j i"
        for _ in range(2):
            scores = einsum(f"b h i d, b h j d -> b h {axes}", query, key)
            axes = "i j"
        return scores.softmax(-1) @ value


class TurnedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.axes = "i j"

    def turn(self):
        self.axes = "j i"

    def forward(self, query, key, value):
        return einsum(f"b h i d, b h j d -> b h {self.axes}", query, key).softmax(-1) @ value


class GivenAttention(nn.Module):
    def forward(self, query, key, value, axes="i j"):
        return einsum(f"b h i d, b h j d -> b h {axes}", query, key).softmax(-1) @ value


class LoopAttention(nn.Module):
    def forward(self, query, key, value):
        axes = "i j"
        for size in query.shape:
            if size == 0:
                axes = "j i"
        return einsum(f"b h i d, b h j d -> b h {axes}", query, key).softmax(-1) @ value


class ReboundAttention(nn.Module):
    """The condition asks for what is not there where the method begins."""

    def forward(self, query, key, value):
        key = key.flatten(0, 1).unflatten(0, key.shape[:2])
        axes = "b j d" if key.ndim == 3 else "b h j d"
        return einsum(f"b h i d, {axes} -> b h i j", query, key).softmax(-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        kinds = (ReplacedAttention, ExtendedAttention, LaterAttention, TurnedAttention, GivenAttention, LoopAttention)
        self.parts = nn.ModuleList([kind() for kind in (*kinds, ReboundAttention)])

    def forward(self, query, key, value):
        return sum(part(query, key, value) for part in self.parts)


def example():
    torch.manual_seed(0)
    return Block(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
