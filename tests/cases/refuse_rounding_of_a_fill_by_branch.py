import torch
from torch import nn

EXPECT = "refused"
CODE = "CAST"
WHY = "how a constant is rounded is a matter of a branch"


class Attention(nn.Module):
    def forward(self, query, key, value, mask, other):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if query.size(-2) > 1:
            scores = scores.float()
        else:
            scores = scores * 1.0
        scores = scores.masked_fill(mask, -12345.0)
        scores = scores + other
        return torch.matmul(torch.softmax(scores, dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    for attention in (Attention,):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.4, torch.randn(keys)), {}


def example():
    return next(examples())
