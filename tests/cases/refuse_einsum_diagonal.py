import torch
from torch import nn

EXPECT = "refused"
WHY = "a repeated letter takes a diagonal"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        probs = scores.softmax(-1)
        return torch.einsum("bhqq,bhqd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
