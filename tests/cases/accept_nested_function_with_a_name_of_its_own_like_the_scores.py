import torch
from torch import nn

EXPECT = "generated"
WHY = "the nested function's own argument has the name of the scores"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        product = query @ key.transpose(-2, -1)

        def halved(product):
            return product * 0.5

        product = product + halved(self.slope)
        return torch.softmax(product, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
