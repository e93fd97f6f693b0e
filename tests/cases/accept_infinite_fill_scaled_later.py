import math

import numpy as np
import torch
from torch import nn

EXPECT = "generated"
WHY = "minus infinity stays what it is under whatever scales it, as the bias as in the scores"


class Hidden:
    def __init__(self, mask):
        self.mask = mask


class LateScaledAttention(nn.Module):
    def __init__(self, scale=None):
        super().__init__()
        self.scale = scale

    def forward(self, query, key, value, hidden):
        scale = self.scale or 1.0 / math.sqrt(query.shape[-1])
        scores = torch.einsum("blhe,bshe->bhls", query, key)
        scores.masked_fill_(hidden.mask, -np.inf)
        weights = torch.softmax(scale * scores, dim=-1)
        return torch.einsum("bhls,bshd->blhd", weights, value)


def examples():
    torch.manual_seed(0)
    for scale in (None, 0.7):
        query, key, value = (2.0 * torch.randn(2, 6, 2, 8) for _ in range(3))
        hidden = torch.ones(6, 6, dtype=torch.bool).triu(1)
        yield LateScaledAttention(scale), (query, key, value, Hidden(hidden)), {}


def example():
    return next(examples())
