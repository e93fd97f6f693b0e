import torch
from torch import nn

EXPECT = "either"
WHY = "the method that gives the scale counts its calls"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def next_scale(self):
        self.calls += 1
        return 1.0 / (1.0 + self.calls)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.next_scale()
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
