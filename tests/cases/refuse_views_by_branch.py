import torch
from torch import nn

EXPECT = "refused"
CODE = "VIEW"
WHY = "in which sizes the probabilities meet the values is not one thing, or is said by what means something else there"


class Attention(nn.Module):
    def viewed(self, query, key):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return scores.view(-1, 2, query.size(-2), key.size(-2))

    def forward(self, query, key, value):
        batch, heads, rows, _ = query.shape
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        if rows > 1:
            probs = probs.view(batch, heads, rows, -1)
        else:
            probs = probs.view(heads, batch, rows, -1)
        return torch.matmul(probs, value)


class ReboundAttention(Attention):
    def forward(self, query, key, value):
        batch, heads, rows, _ = query.shape
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        probs = probs.view(batch, heads, rows, -1)
        batch, heads = heads, batch
        return torch.matmul(probs, value) * batch


class HelpedAttention(Attention):
    def back(self, probs, batch):
        return probs.view(batch, -1, *probs.shape[-2:])

    def forward(self, query, key, value):
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        return torch.matmul(self.back(probs, query.size(0)), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, ReboundAttention, HelpedAttention):
        for batch, heads in ((2, 1), (1, 2), (3, 2)):
            yield attention(), tuple(torch.randn(batch, heads, length, 8) for length in (5, 7, 7)), {}


def example():
    return next(examples())
