import torch
from torch import nn

EXPECT = "generated"
WHY = "the shape of permuted scores is said with the operands as they lie there"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores.permute(1, 0, 2, 3)
        bias = torch.linspace(0, 1, 140).reshape(scores.shape)
        scores = scores + bias
        probs = torch.softmax(scores, dim=-1)
        return torch.einsum("hbqk,bhkd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
