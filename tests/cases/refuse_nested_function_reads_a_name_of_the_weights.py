import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "the name is bound to the weights behind the call, and to nothing where the nested function is run"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        weights = query @ key.transpose(-2, -1)

        def fitted(bias):
            return bias.expand_as(weights)

        bias = fitted(self.slope)
        weights = torch.softmax(weights + bias, dim=-1)
        return weights @ value, weights


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
