import torch
from torch import nn

EXPECT = "generated"
WHY = "the argument is what it was when it is compared with None; only then is it bound anew"


class Attention(nn.Module):
    def __init__(self, crossed):
        super().__init__()
        self.crossed = crossed

    def forward(self, query, key, value, gates=None):
        shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
        if gates is not None:
            if self.crossed:
                gates = gates.transpose(1, 2)
            shares = shares * gates
        return shares @ value


def examples():
    torch.manual_seed(0)
    for crossed, shape in ((False, None), (False, (2, 2, 1, 5)), (True, (2, 5, 2, 5))):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        gates = None if shape is None else torch.rand(shape)
        yield Attention(crossed), (query, key, value, gates), {}


def example():
    return next(examples())
