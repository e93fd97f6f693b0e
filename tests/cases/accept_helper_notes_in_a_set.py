import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper notes something in a set that its caller goes on with: it is written out"


class Attention(nn.Module):
    def halve(self, scores, kept):
        kept.add(1)
        return scores / 2

    def forward(self, query, key, value, kept):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.halve(scores, kept)
        self.left = len(kept)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {"kept": set()}
