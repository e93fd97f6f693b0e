import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "one side of a conditional expression halves the mask in place"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        seen = torch.ones(query.size(-2), key.size(-2)).tril()
        self.note = seen.mul_(0.5).sum() if query.size(-1) > 4 else 0.0
        scores = scores * seen - 1e4 * (1 - seen)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
