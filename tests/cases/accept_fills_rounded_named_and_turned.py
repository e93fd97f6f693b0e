import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WRITTEN = {"TensorConstantAttention": ".to(query.dtype)", "NamedOnceAttention": "masked = "}
NOT_WRITTEN = {"WideAttention": "new_zeros", "CastBackAttention": "softmax_dtype=torch.float32", "StillAttention": "arrange("}
WHY = "what a fill is rounded to, how often its mask is computed, and that its places turn with the scores"


class TensorConstantAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(mask, torch.tensor(-1e9))
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class WideAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.float()
        scores = scores.masked_fill(mask, -12345.0)
        scores = scores + other
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class CastBackAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.float()
        scores = scores.to(query.dtype)
        scores = scores.masked_fill(mask, -1e9)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class NamedOnceAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(other > 1.0, -1e30)
        scores = scores.masked_fill(mask & (other > 0.0), -1e9)
        scores = scores.masked_fill(mask | (other > 0.5), -1e9)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


class StillAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) + other
        scores = scores.permute(0, 1, 2, 3)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TurnedAttention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(key, query.transpose(-1, -2))
        scores = scores.masked_fill(mask.transpose(-1, -2), -1e5)
        probs = torch.softmax(scores.transpose(-1, -2), dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for attention in (TensorConstantAttention, WideAttention, CastBackAttention, NamedOnceAttention, StillAttention, TurnedAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.4, torch.randn(keys)), {}


def example():
    return next(examples())
