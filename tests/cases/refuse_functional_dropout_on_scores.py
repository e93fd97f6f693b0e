import math

import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "refused"
WHY = "dropout before the softmax is not SDPA's dropout"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = F.dropout(scores, p=0.4, training=self.training)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
