import torch
from torch import nn

EXPECT = "refused"
WHY = "whoever calls the attention counts the weights that are not None, in a list that a comprehension made"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floors = nn.ModuleList([GivingAttention(), GivingAttention()])

    def forward(self, query, key, value):
        pairs = [floor(query, key, value) for floor in self.floors]
        present = [weights for _, weights in pairs if weights is not None]
        return sum(states for states, _ in pairs) * (1 + len(present))


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
