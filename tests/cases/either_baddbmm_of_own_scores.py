import torch
from torch import nn

EXPECT = "either"
WHY = "baddbmm adds to its product what depends on another of its own"


class Attention(nn.Module):
    def forward(self, query, key, value):
        folded, keys, values = (states.flatten(0, 1) for states in (query, key, value))
        scores = torch.baddbmm(torch.bmm(folded, keys.transpose(1, 2)).tanh(), folded, keys.transpose(1, 2))
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, values).view(2, 2, 5, 8)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
