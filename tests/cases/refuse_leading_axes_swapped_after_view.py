import torch
from torch import nn

EXPECT = "refused"
WHY = "the view says the order of axes before they are swapped"
CODE = "TRANSPOSE"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = query.flatten(0, 1) @ key.flatten(0, 1).transpose(-1, -2)
        scores = scores.view(-1, 2, query.size(-2), key.size(-2)).permute(1, 0, 2, 3)
        return scores.softmax(-1) @ value.transpose(0, 1)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
