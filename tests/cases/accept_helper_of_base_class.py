import torch
from torch import nn

EXPECT = "generated"
WHY = "the helper stands in the base class"


class Base(nn.Module):
    def attend(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        return torch.matmul(scores.softmax(-1), value)


class Attention(Base):
    def forward(self, query, key, value):
        return self.attend(query, key, value) * 2.0


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
