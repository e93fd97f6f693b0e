import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the eager function of this file is taken first, and the interface is looked up for any other"


def attend_eagerly(module, query, key, value, mask, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling + mask, dim=-1)
    return torch.matmul(probs, value), probs


class Config:
    _attn_implementation = "eager"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config()

    def forward(self, query, key, value, mask):
        if self.config._attn_implementation == "eager":
            attend = attend_eagerly
        else:
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        context, probs = attend(self, query, key, value, mask, 0.3)
        return context, probs


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
