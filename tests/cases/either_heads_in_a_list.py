import torch
from torch import nn

EXPECT = "either"
WHY = "one product for each head, in a comprehension"


class Attention(nn.Module):
    def forward(self, query, key, value):
        return torch.stack(
            [
                torch.matmul(torch.softmax(torch.matmul(q, k.transpose(-1, -2)), dim=-1), v)
                for q, k, v in zip(query.unbind(1), key.unbind(1), value.unbind(1))
            ],
            dim=1,
        )


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
