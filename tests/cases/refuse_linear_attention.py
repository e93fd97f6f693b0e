import torch
from torch import nn

EXPECT = "refused"
CODE = "NO_PRODUCT"
WHY = "softmaxes of q and k, each for itself"


class Attention(nn.Module):
    def forward(self, query, key, value):
        query = query.softmax(dim=-1)
        key = key.softmax(dim=-2)
        return torch.matmul(query, torch.matmul(key.transpose(-1, -2), value))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
