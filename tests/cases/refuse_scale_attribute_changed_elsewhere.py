import torch
from torch import nn

EXPECT = "refused"
WHY = "another method makes the scale a tensor for each key"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.35

    def sharpen(self, keys):
        self.scale = torch.linspace(0.1, 1.0, keys)
        return self

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention().sharpen(5), (query, key, value), {}
