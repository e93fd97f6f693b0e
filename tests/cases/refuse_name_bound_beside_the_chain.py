import torch
from torch import nn

EXPECT = "refused"
CODE = "STATEMENT"
WHY = "a name that is bound inside an expression which goes with the chain is one of the module's afterwards"
axis, wide = 1, torch.float16
most = torch.zeros(2, 2, 5, 1)


class AxisAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), (axis := -1))
        return probs @ value, axis


class PrecisionAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores.to(wide := torch.float32)
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=wide)


class ShiftAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        scores = scores - (most := scores.amax(-1, keepdim=True))
        return torch.softmax(scores, dim=-1) @ value, most


def examples():
    for make in (AxisAttention, PrecisionAttention, ShiftAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
