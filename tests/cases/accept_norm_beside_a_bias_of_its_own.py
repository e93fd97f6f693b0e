import torch
from torch import nn

EXPECT = "generated"
WHY = "modules that change nothing they hold are called between the sum and the softmax, and a norm after the call"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 1)
        self.act = nn.Tanh()
        self.norm = nn.BatchNorm1d(8)

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) + self.table.weight.view(-1)
        shift = self.act(self.table(torch.arange(6)))
        context = torch.softmax(scores, dim=-1) @ (value + shift)
        return self.norm(context.flatten(0, 2))


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 6), (1, 3, 6), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
