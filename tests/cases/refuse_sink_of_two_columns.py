import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "two columns beside the scores, of which one is cut off"


class Attention(nn.Module):
    def forward(self, query, key, value, columns):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = torch.cat([scores, columns], dim=-1)
        probs = torch.softmax(scores, dim=-1)[..., :-1]
        return torch.matmul(probs[..., :5], value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(2, 2, 5, 2)), {}
