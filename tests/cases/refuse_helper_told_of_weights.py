import torch
from torch import nn

EXPECT = "refused"
CODE = "CALLER"
WHY = "weights that nobody asked for are None, and a helper that stands beside the attention tells them apart"


def attend(query, key, value):
    probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
    return torch.matmul(probs, value), probs


def weigh(context, probs):
    return context * 3 if probs is None else context / 3


class MethodAttention(nn.Module):
    def attend(self, query, key, value):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) * 0.4, dim=-1)
        return torch.matmul(probs, value), probs

    def mend(self, context, probs):
        return context if probs is None else context * 0.5

    def forward(self, query, key, value):
        context, probs = self.attend(query, key, value)
        return self.mend(context, probs), probs


class NestedAttention(nn.Module):
    def forward(self, query, key, value):
        context, probs = attend(query, key, value)

        def factor():
            return 2 if probs is None else 1

        return context * factor(), probs


class Attention(nn.Module):
    def forward(self, query, key, value):
        context, probs = attend(query, key, value)
        return weigh(context, probs), probs


def examples():
    torch.manual_seed(0)
    states = tuple(torch.randn(2, 2, 5, 8) for _ in range(3))
    return [(kind(), states, {}) for kind in (Attention, MethodAttention, NestedAttention)]
