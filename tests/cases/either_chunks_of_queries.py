import torch
from torch import nn

EXPECT = "either"
WHY = "the queries in chunks"


class Attention(nn.Module):
    def forward(self, query, key, value):
        chunks = []
        for start in range(0, query.shape[-2], 2):
            scores = torch.matmul(query[..., start : start + 2, :], key.transpose(-1, -2))
            chunks.append(torch.matmul(scores.softmax(-1), value))
        return torch.cat(chunks, dim=-2)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
