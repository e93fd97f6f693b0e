import torch
from torch import nn

EXPECT = "generated"
WHY = "what an object is given behind the product with V may be changed there, and need not be: no guard stands for that"
NOT_WRITTEN = {"Attention": "is_grad_enabled"}


class Attention(nn.Module):
    def forward(self, query, key, value, notes):
        scores = query @ key.transpose(-1, -2)
        context = scores.softmax(dim=-1) @ value
        notes.append(key)
        return context


def examples():
    torch.manual_seed(0)
    for batch, queries in ((2, 5), (1, 1)):
        query, key, value = (2.0 * torch.randn(batch, 3, length, 8) for length in (queries, 4, 4))
        yield Attention(), (query, key, value, []), {}


def example():
    return next(examples())
