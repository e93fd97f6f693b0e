import torch
from torch import nn

EXPECT = "generated"
WHY = "an argument has the name of a builtin, and is asked for where the method begins"
WRITTEN = {"Attention": 'if type == "capped":\n        return super().forward('}


class Attention(nn.Module):
    def forward(self, query, key, value, type=None):
        scores = query @ key.transpose(-1, -2) * 0.3
        if type == "capped":
            scores = scores.tanh()
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    for kind in (None, "capped"):
        yield Attention(), (query, key, value), {"type": kind}


def example():
    return next(examples())
