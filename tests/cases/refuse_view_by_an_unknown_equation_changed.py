import torch
from torch import nn

EXPECT = "refused"
CODE = "OPERAND_CHANGED"
WHY = "an einsum of one operand, by whatever equation, may be a view of it"


class Attention(nn.Module):
    def __init__(self, equation="bhld->bhld"):
        super().__init__()
        self.equation = equation

    def forward(self, query, key, value):
        other = torch.einsum(self.equation, key)
        scores = torch.matmul(query, key.transpose(-1, -2))
        other.mul_(2.0)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
