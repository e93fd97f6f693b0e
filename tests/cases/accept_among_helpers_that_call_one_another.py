import torch
from torch import nn

EXPECT = "generated"
WHY = "the caller's helpers call one another in loops, and are read a bounded number of times"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        weights = (query @ key.transpose(-1, -2)).softmax(dim=-1)
        return weights @ value, weights


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = GivingAttention()

    def first(self, states, left):
        for _ in range(left):
            for _ in range(left):
                for _ in range(left):
                    states = self.second(states, left - 1)
                    states = self.first(states, left - 1)
        return states

    def second(self, states, left):
        for _ in range(left):
            for _ in range(left):
                for _ in range(left):
                    states = self.first(states, left - 1)
                    states = self.second(states, left - 1)
        return states

    def forward(self, query, key, value):
        states, _ = self.inner(query, key, value)
        return self.first(states, 1)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
