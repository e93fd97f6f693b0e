import torch
from torch import nn

EXPECT = "refused"
WHY = "exponentials of what lies below the log-sum-exp"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        weights = torch.exp(scores - scores.logsumexp(dim=-1, keepdim=True))
        return weights @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
