import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "two sinks, one beside the other"
CODE = "SIDE_BY_SIDE"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.sinks = nn.Parameter(torch.randn(2))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        sinks = self.sinks.view(1, 2, 1, 1).expand(2, 2, 5, 1)
        scores = torch.cat([scores, sinks], dim=-1)
        scores = torch.cat([scores, sinks], dim=-1)
        probs = torch.softmax(scores, dim=-1)[..., :-2]
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
