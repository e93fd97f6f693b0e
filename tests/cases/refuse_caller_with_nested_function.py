import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a nested function of a caller asks whether there are weights'
CODE = 'CALLER'


class InnerAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        output = torch.matmul(probs, value)
        return output, probs


class Caller(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = InnerAttention()

    def forward(self, query, key, value):
        output, weights = self.attention(query, key, value)
        def gain():
            return 1 if weights is None else 2

        return output * gain()


def example():
    torch.manual_seed(0)
    return Caller(), tuple(2.0 * torch.randn(2, 2, 5, 8) for _ in range(3)), {}
