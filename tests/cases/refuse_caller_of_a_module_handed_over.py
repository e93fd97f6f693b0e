import torch
from torch import nn

EXPECT = "refused"
WHY = "a module is an argument of another one's forward, which uses its weights"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Runner(nn.Module):
    def forward(self, attend, query, key, value):
        states, probs = attend(query, key, value)
        return states * probs.sum()


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = GivingAttention()
        self.runner = Runner()

    def forward(self, query, key, value):
        return self.runner(self.attend, query, key, value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
