import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "nobody names the nested function, and its decorator keeps it"


def noted(function):
    noted.last = function


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        product = query
        product = product @ key.transpose(-2, -1)

        @noted
        def stretched(bias):
            return bias * product.size(-1)

        product = product + noted.last(self.slope)
        return torch.softmax(product, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
