import torch
from torch import einsum, nn

EXPECT = "generated"
WHY = "an equation that an f-string puts together; where it may be one of several, the original runs under the others"
EVERY = True
SCORES = "b h i j"


class ConstantAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.probs_axes = "b h i j"

    def forward(self, query, key, value):
        axes = "b h j d"
        scores = einsum(f"b h i d, {axes} -> {SCORES}", query, key) * 0.5
        return einsum(f"{self.probs_axes}, {axes} -> b h i d", scores.softmax(-1), value)


class EitherAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)

    def forward(self, query, key, value):
        axes = "b j d" if key.ndim == 3 else "b h j d"
        scores = einsum(f"b h i d, {axes} -> b h i j", query, key) * query.shape[-1] ** -0.5
        probs = self.dropout(scores.softmax(dim=-1))
        return einsum(f"b h i j, {axes} -> b h i d", probs, value)


class BranchAttention(nn.Module):
    def forward(self, query, key, value):
        if key.ndim == 4:
            axes = "b h j d"
        else:
            axes = "b j d"
        scores = einsum(f"b h i d, {axes} -> b h i j", query, key) * 0.5
        axes = "b h j d" if value.ndim == 4 else "b j d"
        return einsum(f"b h i j, {axes} -> b h i d", scores.softmax(dim=-1), value)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([EitherAttention(), BranchAttention()])
        self.plain = ConstantAttention()

    def forward(self, query, key, value):
        found = sum(part(query, key, value) for part in self.parts)
        return found if key.ndim == 3 else found + self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    yield Block(), (query, key, value), {}
    yield Block(), (query, key[:, 0], value[:, 0]), {}


def example():
    return next(examples())
