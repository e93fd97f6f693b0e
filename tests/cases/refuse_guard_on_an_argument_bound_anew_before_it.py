import torch
from torch import nn

EXPECT = "refused"
WHY = "where the argument is compared with None it is no longer the one that was given"
CODE = "PROBABILITIES"


class Attention(nn.Module):
    def __init__(self, gated):
        super().__init__()
        self.gates = nn.Parameter(torch.rand(5, 5)) if gated else None

    def forward(self, query, key, value, gates=None):
        if gates is None:
            gates = self.gates
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        if gates is not None:
            shares = shares * gates
        return shares @ value


def examples():
    torch.manual_seed(0)
    for gated in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(gated), (query, key, value), {}


def example():
    return next(examples())
