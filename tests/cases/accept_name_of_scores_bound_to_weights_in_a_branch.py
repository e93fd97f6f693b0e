import torch
from torch import nn

EXPECT = "generated"
WHY = "where the flag is false the name still holds the scores: the original runs there"
EAGER_ALLOWED = True  # where it is true the weights are asked for


class Attention(nn.Module):
    def forward(self, query, key, value, keep=True):
        logits = query @ key.transpose(-1, -2) * 0.25
        kept = logits
        shares = torch.softmax(logits, dim=-1)
        result = shares @ value
        if keep:
            kept = shares
        return result, kept


def examples():
    torch.manual_seed(0)
    for keep in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {"keep": keep}


def example():
    return next(examples())
