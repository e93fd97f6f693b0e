import torch
from torch import nn

EXPECT = "either"
WHY = "a helper makes a bias, changes it in place, and adds it"

class Attention(nn.Module):
    def norm(self, scores):
        bias = torch.zeros(scores.size(-1), dtype=scores.dtype)
        bias[0] = 3.0
        return torch.softmax(scores + bias, dim=-1)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(self.norm(scores), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
