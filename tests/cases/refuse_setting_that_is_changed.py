import types

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "MethodAttention": "OPERAND_CHANGED",
    "NameAttention": "OPERAND_CHANGED",
    "ConfiguredAttention": "OPERAND_CHANGED",
    "ScaledAttention": "OPERAND_CHANGED",
    "HelperAttention": "OPERAND_CHANGED",
    "KeywordAttention": "OPERAND_CHANGED",
}
WHY = "what the configuration holds is changed in place while the attention has yet to read it: it may be a tensor"


class MethodAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bias = config.bias

    def forward(self, query, key, value):
        scores = query @ key.mT + self.bias
        self.bias.mul_(2.0)
        return scores.softmax(-1) @ value


class NameAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bias = config.bias

    def forward(self, query, key, value):
        b = self.bias
        scores = query @ key.mT + b
        b *= 2.0
        return scores.softmax(-1) @ value


class ConfiguredAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def forward(self, query, key, value):
        b = self.config.bias
        scores = query @ key.mT + b
        b *= 2.0
        return scores.softmax(-1) @ value


class ScaledAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = config.scale

    def forward(self, query, key, value):
        c = self.scale
        scores = query @ key.mT * self.scale
        c += 1.0
        return scores.softmax(-1) @ value


class HelperAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = config.scale

    def change(self, c):
        c //= 2
        return c

    def forward(self, query, key, value):
        scores = query @ key.mT * self.scale
        scores = scores + self.change(self.scale)
        return scores.softmax(-1) @ value


class KeywordAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bias = config.bias

    def forward(self, query, key, value):
        b = torch.unsqueeze(dim=0, input=self.bias)
        scores = query @ key.mT + self.bias
        b *= 2.0
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    classes = (MethodAttention, NameAttention, ConfiguredAttention, ScaledAttention, HelperAttention, KeywordAttention)
    for attention in classes:
        query, key, value = (torch.randn(2, 3, 4, 8) for _ in range(3))
        setting = torch.tensor([2.0, -3.0, 5.0, 7.0])
        yield attention(types.SimpleNamespace(bias=setting, scale=setting)), (query, key, value), {}


def example():
    return next(examples())
