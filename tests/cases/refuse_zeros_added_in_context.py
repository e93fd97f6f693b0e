import contextlib

import torch
from torch import nn

EXPECT = "refused"
WHY = "zeros of another length may fail, and a `with` block takes the error"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        with contextlib.suppress(RuntimeError):
            scores = scores + torch.zeros(key.size(-2) + 1)
        return scores.softmax(-1) @ value


def example():
    torch.manual_seed(0)
    return Attention(), tuple(2.0 * torch.randn(2, 2, 5, 8) for _ in range(3)), {}
