import torch
from torch import nn

EXPECT = "generated"
WHY = "what a nested function reads when it is called was bound after its definition"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        late = 0.5

        def narrowed(tensor):
            return tensor * late

        late = 2.0
        context = torch.matmul(torch.softmax(scores / 3.0, dim=-1), value)
        return narrowed(context)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
