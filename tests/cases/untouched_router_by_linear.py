"""A mixture of experts that is chosen by the module's own weight."""

import torch
from torch import nn
from torch.nn import functional as F

EXPECT = "untouched"
WHY = "a projection's softmax weighs experts, and compares no query with a key"


class RouterAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 8))
        self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, states):
        shares = F.linear(states, self.weight).softmax(-1)
        made = torch.stack([expert(states) for expert in self.experts], dim=-2)
        return (shares[..., None] * made).sum(-2)


def example():
    torch.manual_seed(0)
    return RouterAttention(), (torch.randn(2, 5, 8),), {}
