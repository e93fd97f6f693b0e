import torch
from torch import nn

EXPECT = "either"
WHY = "expressible, refused with a reason today: one projection for each round"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, query, key, value):
        for layer in self.layers:
            projected = layer(query)
            scores = torch.matmul(projected, key.transpose(-1, -2)) / 3.0
            query = query + torch.matmul(scores.softmax(dim=-1), value)
        return query


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
