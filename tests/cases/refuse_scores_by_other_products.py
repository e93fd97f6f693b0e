"""Products of matrices that have no rule, between tensors whose names say nothing."""

import torch
from torch import nn
from torch.nn import functional as F

EXPECT = "refused"
WHY = "what looks like attention and is not understood is refused aloud"
CODES = {
    "LinearAttention": "UNKNOWN",
    "AddedAttention": "UNKNOWN",
    "WrittenOutAttention": "UNKNOWN",
    "SummedAttention": "UNKNOWN",
}


class LinearAttention(nn.Module):
    def forward(self, rows, columns, contents):
        return torch.softmax(F.linear(rows, columns) * 0.4, dim=-1) @ contents


class AddedAttention(nn.Module):
    def forward(self, rows, columns, contents):
        scores = torch.addmm(torch.zeros(5, 5), rows, columns.t())
        return torch.softmax(scores, dim=-1) @ contents


class WrittenOutAttention(nn.Module):
    def forward(self, rows, columns, contents):
        scores = (rows[:, None] * columns[None]).sum(-1)
        return torch.softmax(scores, dim=-1) @ contents


class SummedAttention(nn.Module):
    def forward(self, rows, columns, contents):
        weights = torch.softmax(rows @ columns.t(), dim=-1)
        return (weights[..., None] * contents[None]).sum(-2)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([LinearAttention(), AddedAttention(), WrittenOutAttention(), SummedAttention()])

    def forward(self, *inputs):
        return [layer(*inputs) for layer in self.layers]


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(5, 8) for _ in range(3)), {}
