import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "what scales the scores may be kept in float32 beside a model in another dtype, and no bias tells of it"


class Kept(nn.Module):
    def _apply(self, fn, recurse=True):
        """As what keeps some modules in float32 when a model is loaded."""
        return super()._apply(lambda tensor: fn(tensor).float(), recurse)


class Attention(Kept):
    def __init__(self):
        super().__init__()
        self.heat = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * self.heat
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


class RowAttention(Attention):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * self.heat.sum(-1, keepdim=True)
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


def examples():
    for make in (Attention, RowAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
