import torch
from torch import nn

EXPECT = "generated"
WHY = "a bias of zeros is none"
TERMS = 0


class Attention(nn.Module):
    def forward(self, query, key, value):
        bias = torch.zeros(query.size(0), query.size(1), key.size(1), dtype=query.dtype)
        scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=0.3)
        return torch.bmm(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(4, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
