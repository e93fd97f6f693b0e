import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a factor for each head on the probabilities"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value, head_mask=None):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1)
        if head_mask is not None:
            probs = probs * head_mask
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for head_mask in (None, torch.tensor([1.0, 0.0]).view(1, 2, 1, 1), torch.tensor([0.5, 2.0]).view(2, 1, 1)):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value, head_mask), {}


def example():
    return next(examples())
