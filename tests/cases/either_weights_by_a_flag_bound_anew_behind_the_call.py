import torch
from torch import nn

EXPECT = "either"
WHY = "the flag is bound anew between the product with V and the question"


class Attention(nn.Module):
    def forward(self, query, key, value, keep=False, each_head=False):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        result = shares @ value
        keep = keep or each_head
        weights = None
        if keep:
            weights = shares
        return result, weights


def examples():
    torch.manual_seed(0)
    for keep, each_head in ((False, False), (False, True), (True, False)):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {"keep": keep, "each_head": each_head}


def example():
    return next(examples())
