import torch
from torch import nn

EXPECT = "refused"
CODE = "AFTER"
SAYS = {"Attention": "the scores are computed with again"}
WHY = "one product is scaled and masked in two ways, for two softmaxes; the probabilities are never changed"


class Attention(nn.Module):
    def forward(self, query, key, value, near, far):
        scores = torch.matmul(query, key.transpose(-1, -2))
        first = torch.matmul(torch.softmax(scores * 0.5 + near, dim=-1), value)
        second = torch.matmul(torch.softmax(scores * 2.0 + far, dim=-1), value)
        return first - second


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        near, far = torch.randn(queries, keys), torch.randn(batch, 1, 1, keys)
        yield Attention(), (query, key, value, near, far), {}


def example():
    return next(examples())
