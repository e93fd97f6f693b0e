import math

import torch
from torch import nn

EXPECT = "untouched"
WHY = "the name softmax is bound to torch.sigmoid"


class Attention(nn.Module):
    def forward(self, query, key, value):
        from torch import sigmoid as softmax

        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = softmax(scores)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
