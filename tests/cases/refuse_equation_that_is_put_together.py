import torch
from torch import einsum, nn

EXPECT = "refused"
CODE = "EQUATION"
WHY = "what is contracted the equation says, and which it is depends on the keys"


class Attention(nn.Module):
    def forward(self, query, key, value):
        heads = {3: "b j d", 4: "b h j d"}[key.ndim]
        scores = einsum(f"b h i d, {heads} -> b h i j", query, key) * 0.3
        if scores.dim() != 4:
            raise ValueError(f"{heads} has {scores.dim():d} axes, " f"of {heads!r}")
        weights = scores.softmax(dim=-1)
        return einsum(f"b h i j, {heads} -> b h i d", weights, value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value), {}
    yield Attention(), (query, key[:, 0], value[:, 0]), {}


def example():
    return next(examples())
