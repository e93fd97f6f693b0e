import torch
from torch import nn

EXPECT = "generated"
WHY = "a parameter that is made of zeros does not stay zero"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(8, 8))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / 3.0
        scores = scores + self.table[: query.size(-2), : key.size(-2)]
        scores = scores + self.table[0, 0]
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        module = Attention()
        nn.init.normal_(module.table)
        yield module, (query, key, value), {}


def example():
    return next(examples())
