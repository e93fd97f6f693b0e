import torch
from torch import nn

EXPECT = "either"
WHY = "a statement whose value nobody reads decides by its error what runs after it"


class Attention(nn.Module):
    def forward(self, query, key, value):
        context = torch.matmul(torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1), value)
        late = 1
        try:
            context = context + 1.0
            late = [][0]
            context = context * 9.0
        except IndexError:
            late = 2
        late = context.size(-1)
        return context / late


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
