import torch
from torch import nn

EXPECT = "generated"
WHY = "what is called between the sum and the softmax, in comprehensions, changes no tensor"


def halves(states):
    return states.chunk(2, dim=-1)


class GatheredAttention(nn.Module):
    """Calls in a comprehension that change nothing leave what was added as it is."""

    table = torch.linspace(0.0, 1.0, 5)

    def __init__(self, size=4, scale=0.5):
        super().__init__()
        self.size, self.scale = size, scale
        self.register_buffer("shift", torch.arange(5.0))
        self.ends = (torch.zeros(5), torch.ones(5))

    def fold(self, states):
        return states.unflatten(-1, (2, self.size // 2)).transpose(1, 2)

    def forward(self, query, key, value, extra):
        query, key, value = (self.fold(states) for states in (query, key, value))
        scores = query @ key.transpose(-1, -2) * self.scale + self.shift + self.table + self.ends[1]
        parts = [self.fold(part) for part in halves(torch.cat([extra, extra], dim=-1))]
        probs = torch.softmax(scores, dim=-1)
        return probs @ value + sum(torch.tanh(part) for part in parts)


def examples():
    torch.manual_seed(0)
    return [(GatheredAttention(), tuple(torch.randn(2, 5, 4) for _ in range(4)), {})]
