import math

import torch
from torch import nn

EXPECT = "either"
WHY = "the tensor that is like another gives the scores its shape"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden, larger):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = torch.where(hidden, torch.full_like(larger, -1e9), scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    hidden, larger = torch.ones(5, 5).triu(1).bool(), torch.zeros(3, 2, 2, 5, 5)
    return Attention(), (query, key, value), {"hidden": hidden, "larger": larger}
