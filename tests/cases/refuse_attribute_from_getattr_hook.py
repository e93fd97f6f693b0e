import torch
from torch import nn

EXPECT = "refused"
WHY = "self.adapt comes from __getattr__"


class Attention(nn.Module):
    def __getattr__(self, name):
        return torch.tanh if name == "adapt" else super().__getattr__(name)

    def forward(self, query, key, value):
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
