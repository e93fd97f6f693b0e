import torch
from torch import nn

EXPECT = "refused"
WHY = "a function is mapped over modules, and what they give is used"
CODE = "CALLER"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floors = nn.ModuleList([GivingAttention()])

    def forward(self, query, key, value):
        pairs = list(map(lambda floor: floor(query, key, value), self.floors))
        return pairs[0][0] * pairs[0][1].sum()


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
