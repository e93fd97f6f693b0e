import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "the operands are of float64, and the scores of the dtype that they were cast to"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        near = query.float()
        scores = torch.matmul(query.double(), key.double().transpose(-1, -2)).to(near)
        scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
        return torch.matmul(scores.softmax(-1).to(value.dtype), value)


class AloneAttention(nn.Module):
    def forward(self, query, key, value, hidden):
        near = query.float()
        scores = torch.matmul(query.double(), key.double().transpose(-1, -2)).to(near)
        scores.masked_fill_(hidden, torch.full((), torch.finfo(scores.dtype).min))
        return torch.matmul(scores.softmax(-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
    for make in (Attention, AloneAttention):
        yield make(), (*(torch.randn(2, 2, 5, 8) for _ in range(3)), hidden), {}


def example():
    return next(examples())
