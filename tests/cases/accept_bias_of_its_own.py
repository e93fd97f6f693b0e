import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a bias that the chain has made is changed in place; the tensors it was made of are the caller's and stay"


class Attention(nn.Module):
    def forward(self, query, key, value, positions, mask, again):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + positions
        scores = scores / math.sqrt(query.size(-1))
        scores = scores + mask
        scores = scores - again
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value) + positions.mean() + mask.sum() + again.sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 128, 8) for _ in range(3))
    return Attention(), (query, key, value, *(torch.randn(2, 3, 128, 128) for _ in range(3))), {}
