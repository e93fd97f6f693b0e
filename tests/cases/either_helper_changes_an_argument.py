import torch
from torch import nn

EXPECT = "either"
WHY = "a helper adds an argument to the scores after it changed it in place"

class Attention(nn.Module):
    def norm(self, scores, bias):
        bias[..., 0] += 3.0
        return torch.softmax(scores + bias, dim=-1)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        bias = torch.zeros(key.size(-2), dtype=key.dtype)
        return torch.matmul(self.norm(scores, bias), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
