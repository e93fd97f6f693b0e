import torch
from torch import nn

EXPECT = "refused"
WHY = "an nn.Sequential gives what the attention returns to the next module, which uses the weights"
CODE = "CALLER"


class SelfAttention(nn.Module):
    def forward(self, states):
        probs = torch.softmax(states @ states.transpose(-1, -2), dim=-1)
        return probs @ states, probs


class Weighted(nn.Module):
    def forward(self, pair):
        states, probs = pair
        return states * probs.sum()


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floors = nn.Sequential(SelfAttention(), Weighted())

    def forward(self, states):
        return self.floors(states)


def example():
    torch.manual_seed(0)
    return Tower(), (torch.randn(2, 2, 5, 8),), {}
