import math
from abc import ABCMeta, abstractmethod

import torch
from torch import nn

EXPECT = "generated"
WHY = "a decorator that is made by an object registers the class, whose metaclass is that of abstract classes"


class Registry:
    def __init__(self):
        self.classes = {}

    def register_module(self, name=None, force=False):
        def register(cls):
            if name in self.classes and not force:
                raise KeyError(name)
            self.classes[name or cls.__name__] = cls
            return cls

        return register


LAYERS = Registry()


class BaseModule(nn.Module, metaclass=ABCMeta):
    def __init__(self, init_cfg=None):
        super().__init__()
        self.init_cfg = init_cfg

    @abstractmethod
    def forward(self, query, key, value):
        pass


@LAYERS.register_module(name="plain")
class Attention(BaseModule):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return torch.matmul(scores.softmax(-1), value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
