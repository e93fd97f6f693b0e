import torch
from torch import nn

EXPECT = "generated"
WHY = "the probabilities have the dtype of the scores at the softmax"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)).float()
        probs = torch.softmax(scores * 0.3, dim=-1)
        value = value.to(probs.dtype)
        return torch.matmul(probs, value), value


class Promoted(Attention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) + 0.1 * torch.arange(key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        value = value.to(probs.dtype)
        return torch.matmul(probs, value), value


def examples():
    torch.manual_seed(0)
    for attention in (Attention, Promoted):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
