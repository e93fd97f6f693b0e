import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "the dtype of scores is not known where something that may be in float32 was added to them, or scaled them"
GRADIENTS = False  # of rows that are fully masked


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.ones(9, 9, dtype=torch.bool).tril())
        self.slopes = nn.Parameter(torch.rand(2, 1, 1))

    def widened(self, scores):
        return scores * torch.full((scores.size(-2), 1), 0.7)

    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = self.widened(scores)
        scores = scores + mask
        seen = self.seen[: scores.size(-2), : scores.size(-1)]
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class Either(Attention):
    def widened(self, scores):
        if scores.size(-1) > 5:
            term = 0.3 * torch.arange(scores.size(-1))
        else:
            term = self.slopes
        return scores + term


def examples():
    torch.manual_seed(0)
    for attention in (Attention, Either):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, torch.finfo(torch.float32).min)
            mask[0] = torch.finfo(torch.float32).min
            yield attention(), (query, key, value, mask), {}


def example():
    return next(examples())
