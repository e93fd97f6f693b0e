import torch
from torch import nn

EXPECT = "refused"
CODE = "CALLER"
WHY = "weights that nobody asked for are None, and have no size that could scale the result"


def attend(query, key, value):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
    return torch.matmul(probs, value), probs


class Attention(nn.Module):
    def forward(self, query, key, value):
        context, probs = attend(query, key, value)
        return context / probs.shape[-1], probs


class SplitAttention(nn.Module):
    def attend(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs

    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value)
        return context.to(probs.dtype) * probs.size(-1), probs


def example():
    torch.manual_seed(0)
    return Attention(), tuple(torch.randn(2, 2, 5, 8) for _ in range(3)), {}
