import torch
from torch import nn

EXPECT = "refused"
CODE = "PROBABILITIES"
WHY = "the loop binds the argument behind the question, and asks again"


class Attention(nn.Module):
    def forward(self, query, key, value, gates=None):
        result = value
        for _ in range(2):
            shares = torch.softmax(query @ key.transpose(-1, -2) * 0.25, dim=-1)
            if gates is not None:
                shares = shares * gates
            result = shares @ value
            gates = torch.full((5, 5), 0.5).triu()
        return result


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield Attention(), (query, key, value), {}


def example():
    return next(examples())
