import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "generated"
EAGER_ALLOWED = True
WHY = "the weights of each piece are gathered to be returned, and nothing else is done with them"


def attend(module, query, key, value, scaling):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * scaling, dim=-1)
    return torch.matmul(probs, value), probs


class Config:
    _attn_implementation = "eager"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config()

    def forward(self, query, key, value):
        interface = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, attend)
        contexts, gathered = [], []
        for q, k, v in zip(*(states.split(3, dim=2) for states in (query, key, value))):
            context, probs = interface(self, q, k, v, 0.3)
            contexts.append(context)
            gathered.append(probs)
        return torch.cat(contexts, dim=2), gathered


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 6, 8) for _ in range(3)), {}
