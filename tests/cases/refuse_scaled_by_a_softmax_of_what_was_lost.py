import torch
from torch import nn

EXPECT = "refused"
CODES = {"Attention": "NONLINEAR"}
WHY = "what a softmax of lost scores gives depends on them still"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        factor = torch.softmax(torch.tanh(scores), dim=-1).sum(dim=-1, keepdim=True)
        return torch.matmul(torch.softmax(scores * factor, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
