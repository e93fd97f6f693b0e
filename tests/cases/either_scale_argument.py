import torch
from torch import nn

EXPECT = "either"
WHY = "the scale is an argument: a number, or a tensor for each key"


class Attention(nn.Module):
    def forward(self, query, key, value, scale):
        scores = torch.matmul(query, key.transpose(-1, -2)) * scale
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for scale in (
        0.5,
        torch.tensor(0.5),
        torch.rand(2, 1, 1),
        torch.rand(2, 2, 5, 1),
        torch.linspace(0.1, 1.0, 5),
        torch.rand(5, 5),
    ):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, scale), {}


def example():
    return next(examples())
