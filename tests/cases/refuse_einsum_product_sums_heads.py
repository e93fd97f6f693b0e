import torch
from torch import nn

EXPECT = "refused"
WHY = "the first einsum sums over the heads"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bqk", query, key)
        probs = scores.softmax(-1)
        return torch.einsum("bqk,bhkd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
