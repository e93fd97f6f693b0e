import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "an attribute is set past its name, in the constructor"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.axis = -1
        vars(self)["axis"] = -2

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return torch.matmul(torch.softmax(scores, dim=self.axis), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
