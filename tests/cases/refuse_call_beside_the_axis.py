import torch
from torch import nn

EXPECT = "refused"
CODE = "STATEMENT"
WHY = "the axis of the softmax is given by a method that counts its calls, in the statement of the product with V"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.asked = 0

    def axis(self):
        self.asked += 1
        return -1

    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        return torch.softmax(scores, self.axis()) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
