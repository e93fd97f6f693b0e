import torch
from torch import nn

EXPECT = "refused"
CODE = "WEIGHTS"
WHY = "the weights leave in the scores' dtype, and meet the values in another"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) + 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores.float(), dim=-1).type_as(scores)
        return torch.matmul(probs.to(value.dtype), value), probs


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
