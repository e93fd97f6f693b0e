import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper raises an error for some sizes, before anything else: it is written out"


class Attention(nn.Module):
    def halve(self, scores, value):
        if value.size(0) == 9:
            raise ValueError("nine")
        return scores / 2

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.halve(scores, value)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
