import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WRITTEN = {"Attention": "weights=output_attentions", "AlwaysAttention": "weights=output_attentions"}
WHY = "weights leave of an attention whose scores are another's bias"


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        first = torch.matmul(query, key.transpose(-1, -2))
        second = torch.matmul(query, value.transpose(-1, -2)) + first
        outer = torch.matmul(torch.softmax(second, dim=-1), value)
        probs = torch.softmax(first, dim=-1)
        inner = torch.matmul(probs, value)
        if output_attentions:
            return outer + inner, probs
        return outer + inner, None


class AlwaysAttention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        return torch.matmul(probs, value), probs


def examples():
    torch.manual_seed(0)
    for attention in (Attention, AlwaysAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, batch > 1), {}


def example():
    return next(examples())
