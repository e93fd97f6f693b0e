import torch
from torch import nn

EXPECT = "generated"
WHY = "a scale for each head stands where the heads have an axis of their own"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor([0.5, 2.0]).view(2, 1, 1))

    def forward(self, query, key, value):
        scores = query.flatten(0, 1) @ key.flatten(0, 1).transpose(-1, -2)
        scores = scores.view(-1, 2, query.size(-2), key.size(-2)) * self.sharpness
        scores = scores.view(-1, query.size(-2), key.size(-2))
        context = scores.softmax(-1) @ value.flatten(0, 1)
        return context.view(value.size(0), 2, -1, 8)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
