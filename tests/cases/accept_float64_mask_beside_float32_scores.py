import torch
from torch import nn

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "scores in float32 become float64 by a mask that is, and their dtype is asked when they have met it"


class ArgumentAttention(nn.Module):
    def forward(self, query, key, value, mask=None):
        scores = query.float() @ key.float().transpose(-1, -2)
        if mask is not None:
            scores = scores + mask
        scores = scores * 0.5
        return torch.softmax(scores, dim=-1).to(value.dtype) @ value, torch.zeros(1, dtype=scores.dtype)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    for dtype in (torch.float32, torch.float64):
        yield ArgumentAttention(), (query, key, value), {"mask": torch.randn(5, 5, dtype=dtype)}
    yield ArgumentAttention(), (query, key, value), {}


def example():
    return next(examples())
