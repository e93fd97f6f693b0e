import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "either"
WHY = "what is eager is one function in one branch, and another in the other"


def attend_eagerly(module, query, key, value, mask, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling + mask, dim=-1)
    return torch.matmul(probs, value), probs


def attend_twice(module, query, key, value, mask, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling * 2.0 + mask, dim=-1)
    return torch.matmul(probs, value), probs


class Config:
    _attn_implementation = "eager"


class Core(nn.Module):
    def forward(self, module, query, key, value, mask, scaling):
        return attend_twice(module, query, key, value, mask, scaling)


class TwoFunctionsAttention(nn.Module):
    def __init__(self, twice=False):
        super().__init__()
        self.config = Config()
        self.twice = twice

    def forward(self, query, key, value, mask):
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, attend_eagerly)
        if self.twice:
            attend = attend_twice
        return attend(self, query, key, value, mask, 0.3)


class ModuleAttention(nn.Module):
    def __init__(self, twice=False):
        super().__init__()
        self.config = Config()
        self.twice = twice
        self.core = Core()

    def forward(self, query, key, value, mask):
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, attend_eagerly)
        if self.twice:
            attend = self.core
        return attend(self, query, key, value, mask, 0.3)


class ModuleOrLookedUpAttention(nn.Module):
    def __init__(self, twice=False):
        super().__init__()
        self.config = Config()
        self.twice = twice
        self.core = Core()

    def forward(self, query, key, value, mask):
        attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation] if not self.twice else self.core
        return attend(self, query, key, value, mask, 0.3)


def examples():
    torch.manual_seed(0)
    for kind in (TwoFunctionsAttention, ModuleAttention, ModuleOrLookedUpAttention):
        for twice in (True, False):
            query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
            attention = kind()
            attention.twice = twice or kind is ModuleOrLookedUpAttention
            yield attention, (query, key, value, torch.randn(5, 5)), {}


def example():
    return next(examples())
