import sys

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "ModuleAttention": "CLASS",
    "NameAttention": "CLASS",
    "ShownAttention": "CLASS",
    "TextAttention": "CLASS",
    "FrameAttention": "COPY",
    "SoughtAttention": "CLASS",
}
WHY = "which class, or which text, a method is of shows in more than `type(self)`, and another class may ask for it"


class ModuleAttention(nn.Module):
    def forward(self, query, key, value):
        heat = 2.0 if self.__module__.startswith("refuse_class") and "_fused" not in self.__module__ else 0.1
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


class NameAttention(nn.Module):
    def forward(self, query, key, value):
        heat = 2.0 if self._get_name() == "NameAttention" else 0.1
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


class ShownAttention(nn.Module):
    def forward(self, query, key, value):
        heat = 2.0 if f"{self}" == "ShownAttention()" else 0.1
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


class TextAttention(nn.Module):
    def forward(self, query, key, value):
        heat = len(self.forward.__code__.co_varnames)
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


class FrameAttention(nn.Module):
    def forward(self, query, key, value):
        heat = len(sys._getframe().f_code.co_varnames)
        return torch.softmax(query @ key.transpose(-1, -2) * heat, dim=-1) @ value


class SoughtAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), dim=-1) @ value


class Seeker(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = SoughtAttention()

    def forward(self, query, key, value):
        states = self.inner(query, key, value)
        return 2.0 * states if type(self.inner) is SoughtAttention else states


def examples():
    for make in (ModuleAttention, NameAttention, ShownAttention, TextAttention, FrameAttention, Seeker):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
