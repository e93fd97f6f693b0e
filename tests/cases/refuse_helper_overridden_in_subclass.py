import torch
from torch import nn

EXPECT = "refused"
WHY = "the subclass overrides the helper that the inherited forward calls"


class Base(nn.Module):
    def adapt(self, scores):
        return scores / 2.0

    def forward(self, query, key, value):
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        return torch.matmul(scores.softmax(-1), value)


class Attention(Base):
    def adapt(self, scores):
        return torch.tanh(super().adapt(scores))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
