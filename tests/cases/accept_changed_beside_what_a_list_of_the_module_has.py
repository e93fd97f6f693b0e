import torch
from torch import nn

EXPECT = "generated"
WHY = "a new tensor that is changed in place is none of those that a list of the module was given"
SEEN = []


class NotedAttention(nn.Module):
    def forward(self, query, key, value):
        SEEN.append(query)
        scores = query @ key.transpose(-1, -2)
        tally = torch.zeros(3)
        tally += 1.0
        return torch.softmax(scores, dim=-1) @ value, tally


def example():
    torch.manual_seed(0)
    return NotedAttention(), tuple(torch.randn(2, 5, 8) for _ in range(3)), {}
