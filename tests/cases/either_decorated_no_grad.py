import torch
from torch import nn

EXPECT = "either"
WHY = "forward is decorated with no_grad"


class Attention(nn.Module):
    @torch.no_grad()
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
