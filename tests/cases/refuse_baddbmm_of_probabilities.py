import torch
from torch import nn

EXPECT = "refused"
WHY = "baddbmm adds its input to what the probabilities make of the values"
CODES = {"FirstAttention": "PROBABILITIES", "SecondAttention": "PROBABILITIES", "ScaledAttention": "PROBABILITIES"}


class FirstAttention(nn.Module):
    def forward(self, query, key, value, residual):
        scores = torch.bmm(query, key.transpose(1, 2)) * 0.3
        return torch.baddbmm(residual, torch.softmax(scores, dim=-1), value)


class SecondAttention(nn.Module):
    def forward(self, query, key, value, residual):
        scores = torch.bmm(query, key.transpose(1, 2)) * 0.3
        probs = torch.softmax(scores, dim=-1)
        return residual.baddbmm(value.transpose(1, 2), probs.transpose(1, 2).contiguous()).transpose(1, 2)


class ScaledAttention(nn.Module):
    def forward(self, query, key, value, residual):
        scores = torch.bmm(query, key.transpose(1, 2)) * 0.3
        return torch.baddbmm(residual, torch.softmax(scores, dim=-1), value, beta=0.5, alpha=2.0)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([FirstAttention(), SecondAttention(), ScaledAttention()])

    def forward(self, query, key, value, residual):
        return [part(query, key, value, residual) for part in self.parts]


def example():
    torch.manual_seed(0)
    return Model(), tuple(torch.randn(2, 8, 8) for _ in range(4)), {}
