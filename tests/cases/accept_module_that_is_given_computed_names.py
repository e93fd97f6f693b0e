import copy
import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "attributes are set under computed names: the scale is looked at in each call, the dropout when it is swapped"


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


def examples():
    torch.manual_seed(0)
    for settings in ({"own_size": 8}, {"own_scale": 0.9}, {"own_scale": torch.tensor(0.2)}):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Model(Config(size=4, **settings)), (query, key, value), {}


def example():
    return next(examples())
