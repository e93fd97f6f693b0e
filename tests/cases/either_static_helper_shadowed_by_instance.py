import torch
from torch import nn

EXPECT = "either"
WHY = "the constructor puts another function over the method"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.adapt = torch.tanh

    def adapt(self, scores):
        return scores * 0.5

    def forward(self, query, key, value):
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
