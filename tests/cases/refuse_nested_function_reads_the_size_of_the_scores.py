import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "the name holds the query where the scores are no longer made, and the nested function would take its size"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(5, 5))

    def forward(self, query, key, value):
        product = query
        product = product @ key.transpose(-2, -1)

        def stretched(bias):
            return bias * product.size(-1)

        product = product + stretched(self.slope)
        return torch.softmax(product, dim=-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
