import torch
from torch import nn

EXPECT = "refused"
WHY = "a module of an nn.Sequential is called for itself, and its weights are used"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floors = nn.Sequential(GivingAttention())

    def forward(self, query, key, value):
        states, probs = self.floors[0](query, key, value)
        return states * probs.sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
