import torch
from torch import nn

EXPECT = "either"
WHY = "a helper that the scores pass through counts its calls in an attribute that is read again"

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def norm(self, scores):
        self.calls += 1
        return torch.softmax(scores, dim=-1)

    def forward(self, query, key, value):
        self.calls = 0
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(self.norm(scores), value) * self.calls


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
