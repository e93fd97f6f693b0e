import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "the scores are multiplied by two masks, and one is filled"
CODE = "MASK_PRODUCT"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        keep = (mask > 0).float()
        second = (other > 0).float()
        scores = scores * keep
        scores = scores * second
        scores = scores - 1e9 * (1 - second)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(2, 1, 5, 5), torch.randn(2, 1, 5, 5)), {}
