import torch
from torch import nn

EXPECT = "generated"
WHY = "operands given by name"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(input=query, other=key.transpose(dim0=-1, dim1=-2))
        probs = torch.softmax(input=scores, dim=-1)
        return torch.matmul(input=probs, other=value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
