import torch
from torch import nn

EXPECT = "generated"
WHY = "a term is subtracted where there may be no bias yet"


class Attention(nn.Module):
    def forward(self, query, key, value, mask=None, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask is not None:
            scores = scores + mask
        scores = scores - other
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.randn(queries, keys) if batch > 1 else None, torch.randn(keys)), {}


def example():
    return next(examples())
