import copy
import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a method of a module sets its attributes under computed names by itself"


class Config:
    def __init__(self, **settings):
        for name, value in settings.items():
            object.__setattr__(self, name, value)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = 1.0 / math.sqrt(config.size)
        self.dropout = nn.Dropout(0.0)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        return torch.matmul(self.dropout(torch.softmax(scores, dim=-1)), value)


class Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        config = copy.deepcopy(config)
        part = Attention(config)
        for name, value in vars(config).copy().items():
            if name.startswith("own_"):
                part.__setattr__(name[4:], value)
        self.attention = part

    def forward(self, query, key, value):
        return self.attention(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Model(Config(own_size=8, size=4)), (query, key, value), {}
