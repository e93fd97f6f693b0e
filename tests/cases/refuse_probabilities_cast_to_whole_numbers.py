import math

import torch
from torch import nn

EXPECT = 'refused'
WHY = "a dtype that is an argument's may be one of whole numbers, and the next cast hides it"
CODES = {'TwiceAttention': 'CAST', 'WeighedAttention': 'CAST'}


class TwiceAttention(nn.Module):
    def forward(self, query, key, value, places):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1).to(places.dtype).to(value.dtype)
        return torch.matmul(probs, value)


class WeighedAttention(nn.Module):
    def forward(self, query, key, value, places, gain=torch.full((5,), 2.0)):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        probs = torch.softmax(scores, dim=-1).type_as(places) * gain[..., None]
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for kind in (TwiceAttention, WeighedAttention):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.arange(3)), {}
