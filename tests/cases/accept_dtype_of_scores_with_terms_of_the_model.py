import torch
from torch import nn

EXPECT = "generated"
WHY = "what a module registers is in the model's dtype, and a 0-dim tensor or a cast back widens nothing"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.ones(9, 9, dtype=torch.bool).tril())
        self.register_buffer("slopes", torch.rand(2, 1, 1))
        self.table = nn.Parameter(torch.rand(9))

    def term(self, scores):
        return self.slopes * self.table[: scores.size(-1)]

    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores + self.term(scores)
        scores = scores + mask
        seen = self.seen[: scores.size(-2), : scores.size(-1)]
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class CastBack(Attention):
    def term(self, scores):
        return (0.3 * torch.arange(scores.size(-1))).to(self.table.dtype)


class Single(Attention):
    def term(self, scores):
        return torch.tensor(0.3) * self.table[: scores.size(-1)]


def examples():
    torch.manual_seed(0)
    for attention in (Attention, CastBack, Single):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, torch.finfo(torch.float32).min)
            mask[0] = torch.finfo(torch.float32).min
            yield attention(), (query, key, value, mask), {}


def example():
    return next(examples())
