import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper gives the scores another shape"


class Attention(nn.Module):
    def folded(self, scores):
        return scores.view(4, 5, 5)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = self.folded(scores)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, value.view(4, 5, 8)).view(2, 2, 5, 8)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
