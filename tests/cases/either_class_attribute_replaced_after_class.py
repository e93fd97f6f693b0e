import torch
from torch import nn

EXPECT = "either"
WHY = "the class's scale is replaced at the end of the file"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


Attention.scale = torch.linspace(0.1, 1.0, 5)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
