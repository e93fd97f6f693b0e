import torch
from torch import nn

EXPECT = "refused"
WHY = "forward is defined twice, and the second one counts"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.softmax(-1), value)

    def forward(self, query, key, value):  # noqa: F811
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(scores.tanh().softmax(-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
