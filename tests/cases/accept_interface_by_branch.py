import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the interface is looked up where the configuration asks for another one than the eager function of this file"


def eager_attention_forward(module, query, key, value, mask, scaling, dropout=0.0):
    weights = torch.matmul(query, key.transpose(-1, -2)) * scaling
    if mask is not None:
        weights = weights + mask
    weights = nn.functional.softmax(weights, dim=-1)
    weights = nn.functional.dropout(weights, p=dropout, training=module.training)
    return torch.matmul(weights, value), weights


class Config:
    _attn_implementation = "eager"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config()

    def forward(self, query, key, value, mask=None):
        attend = eager_attention_forward
        if self.config._attn_implementation != "eager":
            attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        context, weights = attend(self, query, key, value, mask, 0.3)
        return context, weights


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(5, 5)), {}
