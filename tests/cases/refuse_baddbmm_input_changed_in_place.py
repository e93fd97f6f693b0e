import torch
from torch import nn

EXPECT = "refused"
WHY = "what baddbmm adds is changed in place before the call"
CODE = "OPERAND_CHANGED"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        folded, keys, values = (states.flatten(0, 1) for states in (query, key, value))
        scores = torch.baddbmm(bias, folded, keys.transpose(1, 2), beta=0.5)
        bias.mul_(3)
        probs = torch.softmax(scores, dim=-1)
        return torch.bmm(probs, values).view(2, 2, 5, 8)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.randn(4, 5, 5)), {}
