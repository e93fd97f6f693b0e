import torch
from torch import nn

EXPECT = "either"
WHY = "expressible, refused with a reason today: the same chain in a loop"


class Attention(nn.Module):
    def forward(self, query, key, value):
        for factor in (0.3, 0.5, 0.7):
            scores = torch.matmul(query, key.transpose(-1, -2)) * factor
            probs = torch.softmax(scores, dim=-1)
            query = torch.matmul(probs, value)
        return query


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
