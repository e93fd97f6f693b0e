import torch
from torch import nn

EXPECT = "generated"
WHY = "submodules, parameters and buffers are found behind what the class has, so that they hide no method of it"
EVERY = True


class Looking(nn.Module):
    def __getattr__(self, name):
        if "kept" in self.__dict__ and name in self.__dict__["kept"]:
            return self.__dict__["kept"][name]
        return super().__getattr__(name)


class LookingAttention(Looking):
    def forward(self, query, key, value):
        return (query @ key.transpose(-1, -2) * 0.3).softmax(-1) @ value


class ProcessorAttention(nn.Module):
    def set_processor(self, processor):
        if "processor" in self._modules:
            self._modules.pop("processor")
        self.processor = processor

    def forward(self, query, key, value):
        return (query @ key.transpose(-1, -2) * 0.3).softmax(-1) @ value


class NumberedAttention(nn.Module):
    def __init__(self, number=2):
        super().__init__()
        for index in range(number):
            self.add_module("part_%d" % index, nn.Linear(8, 8))

    def forward(self, query, key, value):
        return (query @ key.transpose(-1, -2) * 0.3).softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for make in (LookingAttention, ProcessorAttention, NumberedAttention):
        yield make(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
