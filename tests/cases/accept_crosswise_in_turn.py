import torch
from torch import nn

EXPECT = "generated"
WHY = "the scores of one attention, once it is done, are the bias of the next"


class Attention(nn.Module):
    def forward(self, query, key, value, first, second, mask=None):
        query_key = query @ key.transpose(-1, -2)
        if mask is not None:
            query_key = query_key + mask
        kept = query_key
        output = torch.softmax(query_key, dim=-1) @ value
        query = first @ second.transpose(-1, -2)
        query = query * 0.5 + kept
        return output, torch.softmax(query, dim=-1) @ second


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        first, second = (torch.randn(batch, 2, length, 4) for length in (queries, keys))
        mask = torch.zeros(batch, 1, 1, keys)
        mask[..., -1] = -1e9
        yield Attention(), (query, key, value, first, second), {}
        yield Attention(), (query, key, value, first, second, mask), {}


def example():
    return next(examples())
