import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "refused"
CODE = "CALLER"
WHY = "the eager function always returns weights, and what is done where there are some is always done"


def attend(module, query, key, value, mask, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling + mask, dim=-1)
    return torch.matmul(probs, value), probs


class Config:
    _attn_implementation = "eager"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config()

    def forward(self, query, key, value, mask):
        interface = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, attend)
        context, probs = interface(self, query, key, value, mask, 0.3)
        if probs is not None:
            context = context * 2
        return context, probs


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
