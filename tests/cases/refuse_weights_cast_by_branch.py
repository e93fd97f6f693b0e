import torch
from torch import nn

EXPECT = "refused"
CODE = "WEIGHTS"
WHY = "the weights that leave are those before a cast that a branch makes"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query.float(), key.float().transpose(-1, -2))
        probs = torch.softmax(scores / 3.0, dim=-1)
        narrow = probs
        if value.dtype != torch.float32:
            narrow = probs.to(value.dtype)
        return torch.matmul(narrow, value), probs


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
