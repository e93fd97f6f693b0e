import torch
from torch import nn

EXPECT = "refused"
WHY = "permute with its axes by keyword"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores.permute(dims=(0, 1, 3, 2))
        probs = torch.softmax(scores, dim=-2)
        return torch.matmul(probs.transpose(-1, -2), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
