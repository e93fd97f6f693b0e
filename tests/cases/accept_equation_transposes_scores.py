import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "an einsum of one operand transposes the scores there and back"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) / math.sqrt(query.size(-1))
        scores = torch.einsum("bhqk->bhkq", scores)
        probs = torch.softmax(scores, dim=-2)
        return torch.einsum("bhkq,bhkd->bhqd", probs, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (5, 7, 7))
    return Attention(), (query, key, value), {}
