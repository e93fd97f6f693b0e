import torch
from torch import nn

EXPECT = "either"
WHY = "by the time of the product with V the flag no longer says what it said when the weights were kept"


class Attention(nn.Module):
    def forward(self, query, key, value, keep=False):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        weights = shares if keep else None
        keep = False
        result = shares @ value
        return result, weights


def examples():
    torch.manual_seed(0)
    for keep in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {"keep": keep}


def example():
    return next(examples())
