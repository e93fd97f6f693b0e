import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
WHY = "how much is dropped is known where the dropout stands, not at the product with V"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.rate = 0.1

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        weights = F.dropout(torch.softmax(scores, dim=-1), self.rate, self.training)
        self.rate = 0.9
        return torch.matmul(weights, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
