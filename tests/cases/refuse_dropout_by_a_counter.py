import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "how much is dropped is counted, in evaluation too"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def count(self):
        self.calls += 1
        return 0.1 * self.calls

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        weights = F.dropout(torch.softmax(scores, dim=-1), self.count(), self.training)
        return torch.matmul(weights, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
