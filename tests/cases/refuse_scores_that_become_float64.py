import torch
from torch import nn

EXPECT = "refused"
CODE = "CAST"
WHY = "the scores become float64, and where one key meets one query so does the output"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores * torch.ones(1, dtype=torch.float64)
        return torch.einsum("bhqk,bhkd->bhqd", scores.softmax(-1), value[..., :1, :])


class Added(Attention):
    def forward(self, query, key, value):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores + torch.arange(key.size(-2)).double()
        return torch.einsum("bhqk,bhkd->bhqd", scores.softmax(-1), value[..., :1, :])


def examples():
    torch.manual_seed(0)
    for attention in (Attention, Added):
        for batch in (1, 2):
            query, key, value = (2.0 * torch.randn(batch, 2, 1, 8) for _ in range(3))
            yield attention(), (query, key, value), {}


def example():
    return next(examples())
