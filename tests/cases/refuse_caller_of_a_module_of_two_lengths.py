import torch
from torch import nn

EXPECT = "refused"
WHY = "what calls the attention returns two results or three, and the weights are used"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Floor(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = GivingAttention()

    def forward(self, query, key, value):
        states, probs = self.attend(query, key, value)
        if self.training:
            return states, probs, query
        return states, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floor = Floor()

    def forward(self, query, key, value):
        found = self.floor(query, key, value)
        return found[0] * found[1].sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
