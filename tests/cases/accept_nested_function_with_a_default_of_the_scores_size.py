import torch
from torch import nn

EXPECT = "generated"
WHY = "what a default reads of the scores is said without them"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        product = query @ key.transpose(-2, -1)

        def stretched(bias, times=product.size(-1)):
            return bias * times

        product = product + stretched(self.slope)
        return torch.softmax(product, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
