import torch
from torch import nn

EXPECT = "refused"
WHY = "the attention is given to the constructor of the class that uses its weights"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Floor(nn.Module):
    def __init__(self, attend):
        super().__init__()
        self.attend = attend

    def forward(self, query, key, value):
        states, probs = self.attend(query, key, value)
        return states * probs.amax()


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floor = Floor(GivingAttention())

    def forward(self, query, key, value):
        return self.floor(query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
