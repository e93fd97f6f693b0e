import torch
from torch import nn

EXPECT = "generated"
WHY = "windows, with einsum"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bwhqd,bwhkd->bwhqk", query, key) * 0.5
        probs = scores.softmax(-1)
        return torch.einsum("bwhqk,bwhkd->bwhqd", probs, value)


def examples():
    torch.manual_seed(0)
    for batch, windows, length in ((2, 3, 5), (1, 2, 4)):
        yield Attention(), tuple(2.0 * torch.randn(batch, windows, 2, length, 8) for _ in range(3)), {}


def example():
    return next(examples())
