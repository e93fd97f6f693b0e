import torch
from torch import nn

EXPECT = "generated"
EVERY = True
EAGER_ALLOWED = True
WHY = "probabilities meet the values as they are viewed there, and may broadcast with them: (1, 2) and (2, 1) give (2, 2)"


class Attention(nn.Module):
    def viewed(self, query, key):
        scores = torch.matmul(query, key.transpose(-1, -2))
        return scores.view(-1, 2, query.size(-2), key.size(-2))

    def forward(self, query, key, value):
        return torch.matmul(torch.softmax(self.viewed(query, key), dim=-1), value)


class BackAttention(Attention):
    def forward(self, query, key, value):
        batch, heads, rows, _ = query.shape
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        return torch.matmul(probs.view(batch, heads, rows, -1), value)


class ThirdAttention(Attention):
    def forward(self, query, key, value):
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        return torch.matmul(probs.reshape(-1, 1, 1, query.size(-2), key.size(-2)), value.unsqueeze(1))


class TwiceAttention(nn.Module):
    def forward(self, query, key, value):
        rows, keys = query.size(-2), key.size(-2)
        probs = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        probs = probs.view(-1, rows, keys)
        probs = probs.view(-1, 2, rows, keys)
        return torch.matmul(probs, value)


class WhereAskedAttention(Attention):
    def forward(self, query, key, value, apart=False):
        batch, heads, rows, _ = query.shape
        probs = torch.softmax(self.viewed(query, key), dim=-1)
        if apart and rows > 1:
            probs = probs.view(batch, heads, rows, -1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention, BackAttention, ThirdAttention, TwiceAttention, WhereAskedAttention):
        for batch, heads in ((2, 1), (1, 2), (3, 2)):
            operands = [2.0 * torch.randn(batch, heads, length, 8) for length in (5, 7, 7)]
            yield attention(), tuple(operands), {}
            if attention is WhereAskedAttention:
                yield attention(), tuple(operands), {"apart": True}


def example():
    return next(examples())
