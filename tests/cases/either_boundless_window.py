import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the last key is left out of scores and values"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = scores[..., :-1].softmax(-1)
        return torch.matmul(probs, value[..., :-1, :])


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
