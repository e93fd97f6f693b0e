import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

EXPECT = "generated"
WHY = "no implementation is an attribute of the attention interface, which is a mapping: the default runs, always"


def eager(module, query, key, value, mask, scaling):
    scores = torch.matmul(query, key.transpose(-1, -2)) * scaling
    if mask is not None:
        scores = scores + mask
    weights = torch.softmax(scores, dim=-1)
    return torch.matmul(weights, value), weights


class LookedUpAttention(nn.Module):
    def __init__(self, implementation="sdpa"):
        super().__init__()
        self.implementation = implementation
        self.scaling = 0.4

    def forward(self, query, key, value, mask=None):
        attend = getattr(ALL_ATTENTION_FUNCTIONS, self.implementation, eager)
        output, _ = attend(self, query, key, value, mask, scaling=self.scaling)
        return output


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    mask = torch.zeros(2, 1, 5, 5)
    mask[0, ..., 3:] = torch.finfo(torch.float32).min
    return LookedUpAttention(), (query, key, value, mask), {}
