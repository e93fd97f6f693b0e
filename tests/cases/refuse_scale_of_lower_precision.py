import torch
from torch import nn

EXPECT = "refused"
WHY = "a quotient by a half tensor is as exact as the scores; the reciprocal of the tensor is not"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / torch.tensor(0.3, dtype=torch.half)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class HalfParameterAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.divisor = nn.Parameter(torch.full((1,), 0.3, dtype=torch.float16))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / self.divisor
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CastAttention(nn.Module):
    def forward(self, query, key, value):
        divisor = torch.tensor(0.3).bfloat16() + 0.1
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / divisor
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(kind(), (query, key, value), {}) for kind in (Attention, HalfParameterAttention, CastAttention)]
