import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a factor that falls with the distance multiplies along the keys"


class Attention(nn.Module):
    def forward(self, query, key, value, decay):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores * decay
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    position = torch.arange(5.0)
    return Attention(), (query, key, value, 0.8 ** (position[:, None] - position[None]).abs()), {}
