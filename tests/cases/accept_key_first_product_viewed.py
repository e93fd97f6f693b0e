import torch
from torch import nn

EXPECT = "generated"
WHY = "the product is written with the keys first, its scores with the queries"


class Attention(nn.Module):
    def forward(self, query, key, value, bias):
        scores = torch.einsum("bhkd,bhqd->bhqk", key, query)
        scores = scores.view(-1, 1, 2, query.size(-2), key.size(-2)) + bias
        scores = scores.view(-1, 2, query.size(-2), key.size(-2))
        scores = scores - scores.amax(dim=-1, keepdim=True)
        assert scores.shape[-1] == key.size(-2)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (3.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        bias = torch.randn(2, queries, keys)
        yield Attention(), (query, key, value, bias), {}


def example():
    return next(examples())
