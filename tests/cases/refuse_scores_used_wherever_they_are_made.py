import torch
from torch import nn

EXPECT = "refused"
WHY = "wherever the attention is reached its scores are used besides: a guard would leave nothing to write"
CODE = "ESCAPE"


class Attention(nn.Module):
    def __init__(self, keep=True):
        super().__init__()
        self.keep = keep

    def forward(self, query, key, value):
        if self.keep:
            scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
            print(scores.sum() > 1e9)
            return torch.matmul(torch.softmax(scores, dim=-1), value)
        return value


def example():
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
