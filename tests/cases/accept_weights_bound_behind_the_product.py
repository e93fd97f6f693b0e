import torch
from torch import nn

EXPECT = "generated"
WHY = "a name that held nothing gets the weights behind the product with V, under the flag that asks for them"


class StatementAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.25)

    def forward(self, query, key, value, keep=True):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        result = self.drop(shares) @ value
        weights = None
        if keep:
            weights = shares
        return result, weights


class ExpressionAttention(nn.Module):
    def forward(self, query, key, value, keep=True):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        result = shares @ value
        weights = shares if keep else None
        return result, weights


def examples():
    torch.manual_seed(0)
    for kind in (StatementAttention, ExpressionAttention):
        for keep in (False, True):
            query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
            yield kind(), (query, key, value), {"keep": keep}


def example():
    return next(examples())
