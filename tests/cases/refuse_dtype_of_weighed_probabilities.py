import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = 'a factor gives the probabilities its dtype, which is read for the value'
CODE = 'METADATA'


class WeighedAttention(nn.Module):
    def forward(self, query, key, value, gain):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1) * gain[..., None]
        return torch.matmul(probs, value.to(probs.dtype))


def examples():
    torch.manual_seed(0)
    for kind in (WeighedAttention,):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.full((5,), 2.0, dtype=torch.float64)), {}
