import torch
from torch import nn

EXPECT = "generated"
WHY = "a move to a device leaves scores and probabilities the dtype that they have"


class ScoresAttention(nn.Module):
    def forward(self, query, key, value):
        scores = (query @ key.transpose(-1, -2)).float()
        scores = scores.to(query.device)
        probs = scores.softmax(-1)
        return probs.to(value.dtype) @ value, probs


class ProbabilitiesAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        probs = torch.softmax(scores, -1, dtype=torch.float32).to(device=value.device, non_blocking=True)
        return probs.to(value.dtype) @ value, probs


def examples():
    torch.manual_seed(0)
    for make in (ScoresAttention, ProbabilitiesAttention):
        yield make(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}


def example():
    return next(examples())
