import torch
from torch import nn

EXPECT = "generated"
WHY = "one flag implies another, which asks for the weights: it is read at the call, where it has its last value"


class Attention(nn.Module):
    def forward(self, query, key, value, keep=False, each_head=False):
        if each_head:
            keep = True
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        result = shares @ value
        weights = None
        if keep:
            weights = shares
            if not each_head:
                weights = weights.mean(dim=1)
        return result, weights


def examples():
    torch.manual_seed(0)
    for keep, each_head in ((False, False), (False, True), (True, False), (True, True)):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {"keep": keep, "each_head": each_head}


def example():
    return next(examples())
