import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a byte has no negative"


class Attention(nn.Module):
    def forward(self, query, key, value, distance):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores - distance
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    distance = torch.arange(5).to(torch.uint8)
    return Attention(), (query, key, value), {"distance": distance}
