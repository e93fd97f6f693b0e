import torch
from torch import nn

EXPECT = "refused"
CODE = "AFTER"
WHY = "behind a side that returns, a second softmax takes the same scores over the axis of the queries"


class AnotherAxisAttention(nn.Module):
    def forward(self, query, key, value, gated=False):
        scores = query @ key.transpose(-1, -2) * 0.3
        if gated:
            return torch.softmax(scores, dim=-1) @ value
        return torch.softmax(scores, dim=-2) @ value


def examples():
    for gated in (False, True):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield AnotherAxisAttention(), (query, key, value, gated), {}


def example():
    return next(examples())
