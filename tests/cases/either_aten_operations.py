import torch
from torch import nn

EXPECT = "either"
WHY = "the operations are named through torch.ops"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.ops.aten.matmul(query, key.transpose(-1, -2))
        probs = torch.ops.aten.softmax(scores, -1)
        return torch.ops.aten.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
