import torch
from torch import nn

EXPECT = "generated"
WHY = "lists of results are made and taken apart, and their weights are dropped, or looked at where they were asked for"


class GivingAttention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        return probs @ value, probs


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.floors = nn.ModuleList([GivingAttention(), GivingAttention()])

    def forward(self, query, key, value, output_attentions=False):
        pairs = [floor(query, key, value) for floor in self.floors]
        states = sum(states for states, _ in pairs) * len(pairs)
        if pairs is not None:
            states = states + torch.stack([pair[0] for number, pair in enumerate(pairs) if number % 2 == 0]).mean()
        for (more, _), factor in zip(pairs, (0.5, 0.25)):
            states = states + more * factor
        if output_attentions:
            return states, tuple(weights for _, weights in pairs if weights is not None)
        return states


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Tower(), (query, key, value), {}
