import torch
from torch import nn

EXPECT = "either"
WHY = "a second softmax takes the same scores behind a side that returns"


class LeavingAttention(nn.Module):
    def forward(self, query, key, value, gated=False):
        scores = query @ key.transpose(-1, -2) * 0.3
        if gated:
            return torch.softmax(scores, dim=-1) @ value + query
        return torch.softmax(scores, dim=-1) @ value


def examples():
    for gated in (False, True):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield LeavingAttention(), (query, key, value, gated), {}


def example():
    return next(examples())
