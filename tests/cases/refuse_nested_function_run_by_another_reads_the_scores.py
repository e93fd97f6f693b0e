import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "a nested function is run by another, which stays"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        product = query

        def stretched(bias):
            return bias * product.size(-1)

        def doubled(bias):
            return 2.0 * stretched(bias)

        product = product @ key.transpose(-2, -1)
        bias = doubled(self.slope)
        return torch.softmax(product + bias, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
