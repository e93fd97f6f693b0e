import torch
from torch import nn

EXPECT = "either"
WHY = "the view is in a function inside the method"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        def split(tensor):
            return tensor.view(-1, 1, 2, query.size(-2), key.size(-2))

        scores = split(query @ key.transpose(-1, -2)) + bias
        scores = scores.view(-1, 2, query.size(-2), key.size(-2))
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        bias = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, bias), {}


def example():
    return next(examples())
