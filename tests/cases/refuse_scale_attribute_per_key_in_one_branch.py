import torch
from torch import nn

EXPECT = "refused"
WHY = "the attribute is a number or a tensor for each key"


class Attention(nn.Module):
    def __init__(self, keys=None):
        super().__init__()
        if keys is None:
            self.scale = 0.35
        else:
            self.scale = torch.linspace(0.1, 1.0, keys)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(5), (query, key, value), {}
