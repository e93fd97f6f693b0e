import torch
from torch import nn

EXPECT = "generated"
WHY = "a list that is made at once of numbers of the module holds no tensor"


import numpy as np


class WindowAttention(nn.Module):
    def __init__(self, size=3):
        super().__init__()
        self.size = size
        self.table = nn.Parameter(torch.randn(2 * size - 1, 2 * size - 1))

    def bias(self):
        places = np.array([[i, j] for i in range(self.size) for j in range(self.size)])
        places = torch.tensor(places)
        between = places[:, None, :] - places[None, :, :] + self.size - 1
        return self.table[between[:, :, 0], between[:, :, 1]]

    def forward(self, query, key, value):
        return (query @ key.transpose(-1, -2) + self.bias()).softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for size in (2, 3):
        yield WindowAttention(size), tuple(torch.randn(2, 2, size * size, 8) for _ in range(3)), {}


def example():
    return next(examples())
