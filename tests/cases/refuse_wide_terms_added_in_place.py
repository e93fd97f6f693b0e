import torch
from torch import nn

EXPECT = "refused"
CODE = "INPLACE"
CODES = {"CastAttention": "INPLACE", "NoDtypeAttention": "INPLACE", "JoinedAttention": "INPLACE", "ElseAttention": "INPLACE"}
WHY = "what is added in place is rounded to the dtype of the scores, and so are the weights that leave"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


class Method(Attention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores.add_(torch.linspace(0.0, 1.0, key.size(-2)))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


class CastAttention(Attention):
    """A cast to the dtype that they have mends nothing."""

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += 0.1 * torch.arange(key.size(-2))
        scores = scores.to(query.dtype)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


class NoDtypeAttention(Attention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores, dim=-1, dtype=None)
        return torch.matmul(probs, value), probs


class JoinedAttention(Attention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if query.size(-2) > 1:
            scores += 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


class ElseAttention(Attention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if query.size(-2) == 1:
            scores = scores * 2.0
        else:
            scores += 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), probs


def examples():
    torch.manual_seed(0)
    for attention in (Attention, Method, CastAttention, NoDtypeAttention, JoinedAttention, ElseAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
