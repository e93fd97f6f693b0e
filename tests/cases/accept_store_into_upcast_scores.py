import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "what is stored into scores that were cast to float32 is a number of float32, which bfloat16 need not hold"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).float()
        scores[..., torch.arange(key.size(-2)) == 1] = torch.finfo(scores.dtype).min
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


class BiasedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) + key.sum(-1).unsqueeze(-2)
        scores = scores.float()
        scores[..., torch.arange(key.size(-2)) == 1] = torch.finfo(torch.float32).min
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, BiasedAttention):
        for rows, keys in ((5, 5), (1, 7)):
            yield attention(), tuple(2.0 * torch.randn(2, 3, length, 8) for length in (rows, keys, keys)), {}


def example():
    return next(examples())
