import torch
from torch import nn

EXPECT = "refused"
WHY = "the function's weights are stored at each call, whether anybody asked for them or not"
CODE = "CALLER"


def attend(query, key, value):
    weights = torch.matmul(query, key.transpose(-2, -1)).softmax(dim=-1)
    return torch.matmul(weights, value), weights


class StoringAttention(nn.Module):
    def forward(self, query, key, value):
        met, self.last = attend(query, key, value)
        return met


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return StoringAttention(), (query, key, value), {}
