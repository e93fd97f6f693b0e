import torch
from torch import nn

EXPECT = "either"
WHY = "super() in the method that is copied"


class Base(nn.Module):
    def adapt(self, scores):
        return scores / 2.0

    def forward(self, query, key, value):
        return value


class Attention(Base):
    def adapt(self, scores):
        return super().adapt(scores) / 2.0

    def forward(self, query, key, value):
        residual = super().forward(query, key, value)
        scores = self.adapt(torch.matmul(query, key.transpose(-1, -2)))
        return residual + torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
