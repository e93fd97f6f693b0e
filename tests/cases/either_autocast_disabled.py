import torch
from torch import nn

EXPECT = "either"
WHY = "autocast switched off around the scores"


class Attention(nn.Module):
    def forward(self, query, key, value):
        with torch.autocast("cpu", enabled=False):
            scores = torch.matmul(query.float(), key.float().transpose(-1, -2)) / 3.0
            probs = scores.softmax(-1)
        probs = probs.to(value.dtype)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
