import torch
from torch import nn

EXPECT = "refused"
WHY = "what is returned where weights are asked for is neither the softmax's operand nor its result nor the last of it"
CODES = {"ScoresAttention": "WEIGHTS", "FactorsAttention": "WEIGHTS", "DroppedAttention": "WEIGHTS"}


class ScoresAttention(nn.Module):
    def forward(self, query, key, value, mask, output_attentions=False):
        raw = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        context = torch.matmul(torch.softmax(raw + mask, dim=-1), value)
        if output_attentions:
            return context, raw
        return context, None


class FactorsAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.rand(2, 1, 1))
        self.second = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        once = probs * self.first
        twice = once * self.second
        return torch.matmul(twice, value), once


class DroppedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.first = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.3, dim=-1)
        dropped = self.dropout(probs)
        return torch.matmul(dropped * self.first, value), dropped


def examples():
    torch.manual_seed(0)
    for kind in (ScoresAttention, FactorsAttention, DroppedAttention):
        query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
        yield kind(), (query, key, value, torch.randn(5, 5), True), {}


def example():
    return next(examples())
