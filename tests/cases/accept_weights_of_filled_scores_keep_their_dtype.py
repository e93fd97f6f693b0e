import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "weights that leave before they are cast are of the scores' dtype, which a fill does not change"


class Attention(nn.Module):
    def forward(self, query, key, value, seen, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(~seen, float("-inf"))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value), probs if output_attentions else None


class WeakAttention(nn.Module):
    def forward(self, query, key, value, seen, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = torch.where(seen, scores, torch.full_like(scores, -10000.0))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value), probs if output_attentions else None


class ScoresAttention(nn.Module):
    def forward(self, query, key, value, seen, output_attentions=False):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if output_attentions:
            scores = scores.masked_fill(~seen, torch.tensor(-1e30))
        else:
            scores = scores.masked_fill(~seen, -1e30)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value), scores if output_attentions else None


def examples():
    torch.manual_seed(0)
    for attention in (Attention, WeakAttention, ScoresAttention):
        for rows, keys in ((5, 5), (1, 7)):
            operands = [2.0 * torch.randn(2, 3, length, 8) for length in (rows, keys, keys)]
            seen = torch.rand(rows, keys) > 0.4
            seen[:, 0] = True
            yield attention(), (*operands, seen), {}
            yield attention(), (*operands, seen), {"output_attentions": True}


def example():
    return next(examples())
