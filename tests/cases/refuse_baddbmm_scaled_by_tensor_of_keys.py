import torch
from torch import nn

EXPECT = "refused"
WHY = "alpha is a tensor"
CODE = "SCALE_SHAPE"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        folded, keys, values = (states.flatten(0, 1) for states in (query, key, value))
        scores = bias.baddbmm(folded, keys.transpose(1, 2), alpha=0.25) * torch.rand(5)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, values).view(2, 2, 5, 8)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(4, 5, 5)), {}
