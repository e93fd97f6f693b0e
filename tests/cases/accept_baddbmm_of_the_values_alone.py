import torch
from torch import nn

EXPECT = "generated"
WHY = "with a beta of zero baddbmm is the product alone"


class Attention(nn.Module):
    def forward(self, query, key, value):
        probs = torch.softmax(torch.bmm(query, key.transpose(1, 2)), dim=-1)
        return torch.baddbmm(query, probs, value, beta=0)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(4, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
