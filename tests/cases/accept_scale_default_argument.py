import torch
from torch import nn

EXPECT = "generated"
WHY = "the scale is an argument of the helper with a default"


class Attention(nn.Module):
    def attend(self, query, key, value, scaling=0.3):
        scores = torch.matmul(query, key.transpose(-1, -2)) * scaling
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)

    def forward(self, query, key, value):
        return self.attend(query, key, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
