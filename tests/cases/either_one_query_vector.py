import torch
from torch import nn

EXPECT = "either"
WHY = "a product of a vector with each row of a matrix"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bd,bnd->bn", query, key)
        probs = scores.softmax(-1)
        return torch.einsum("bn,bnd->bd", probs, value)


def example():
    torch.manual_seed(0)
    return Attention(), (torch.randn(2, 8), 2.0 * torch.randn(2, 5, 8), torch.randn(2, 5, 8)), {}
