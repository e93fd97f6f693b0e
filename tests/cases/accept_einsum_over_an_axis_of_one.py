import torch
from torch import nn

EXPECT = "generated"
WHY = "an einsum lets a contracted axis of size 1 meet any other, where a product of matrices raises"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        return torch.einsum("bhqk,bhkd->bhqd", torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for width, keys in ((8, 5), (1, 5), (1, 1)):
        query, value = torch.randn(2, 2, 4, 8), torch.randn(2, 2, keys, 8)
        yield Attention(), (query, torch.randn(2, 2, 5, width), value), {}


def example():
    return next(examples())
