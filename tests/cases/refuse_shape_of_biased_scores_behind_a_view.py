import torch
from torch import nn

EXPECT = "refused"
WHY = "the shape that a bias has given the scores is read before a view, and needed when the bias is viewed already"
CODES = {"RoundAttention": "METADATA"}


class RoundAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("slopes", -torch.rand(3, 1, 1))

    def forward(self, query, key, value):
        queries, keys = query.size(-2), key.size(-2)
        scores = query @ key.transpose(-1, -2)
        scores = scores + self.slopes * torch.arange(keys)
        scores = scores.reshape(-1, queries, keys).view(scores.shape)
        return torch.softmax(scores, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    operands = (torch.randn(2, 2, 3, 4, 8), torch.randn(2, 2, 3, 6, 8), torch.randn(2, 2, 3, 6, 8))
    yield RoundAttention(), operands, {}
