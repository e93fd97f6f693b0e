import torch
from torch import nn

EXPECT = "refused"
CODE = "LEFTOVER"
WHY = "the statement that holds the product with V reads the scores besides, by a name that something else had before"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.zeros(1) + query.mean()
        query = query * scores
        scores = torch.matmul(query, key.transpose(-1, -2))
        return torch.matmul(torch.softmax(scores, dim=-1), value) * scores.mean()


class LargestAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.zeros(1) + query.mean()
        query = query * scores
        scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        context = torch.matmul(probs, value) + scores.max()
        return context


def examples():
    torch.manual_seed(0)
    for kind in (Attention, LargestAttention):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield kind(), (query, key, value), {}


def example():
    return next(examples())
