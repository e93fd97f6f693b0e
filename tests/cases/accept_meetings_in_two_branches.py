import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WRITTEN = {"Attention": "if not flag:", "EarlyAttention": "if flag:"}
WHY = "of two meetings with the values one is the call, and the original runs where the other is due"


class Attention(nn.Module):
    def forward(self, query, key, value, flag=True):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        if flag:
            context = torch.matmul(probs, value)
        else:
            context = torch.matmul(probs, value * 2.0)
        return context


class EarlyAttention(nn.Module):
    def forward(self, query, key, value, flag=True):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if flag:
            scores = torch.tanh(scores)
        probs = torch.softmax(scores, dim=-1)
        if flag:
            context = torch.matmul(probs, value)
        else:
            context = torch.matmul(probs, value * 2.0)
        return context


def examples():
    torch.manual_seed(0)
    for attention in (Attention, EarlyAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, batch == 2), {}


def example():
    return next(examples())
