import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "beside no bias a constant is filled into a zero of the scores' dtype, so that their dtype can still be told"


class FinfoAttention(nn.Module):
    def forward(self, query, key, value, bias=None, mask=None):
        sim = torch.einsum("bid,bjd->bij", query, key) * 0.3
        if bias is not None:
            sim = sim + bias
        if mask is not None:
            sim = sim.masked_fill(~mask, -torch.finfo(sim.dtype).max)
        later = torch.ones(sim.shape[-2:], dtype=torch.bool, device=query.device).triu(1)
        sim = sim.masked_fill(later, -torch.finfo(sim.dtype).max)
        return torch.einsum("bij,bjd->bid", sim.softmax(-1).to(value.dtype), value)


class BlockAttention(nn.Module):
    def forward(self, query, key, value, bias=None, mask=None):
        scores = query @ key.mT * 0.3
        if bias is not None:
            scores = scores + bias
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e4)
            block = torch.ones_like(scores).triu(-2).tril(2)
            scores = scores.masked_fill(block == 0, -1e4)
        return scores.softmax(-1).to(value.dtype) @ value


class FilledWhereThereIsNoneAttention(nn.Module):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if query.size(-2) > 1:
            scores = scores + mask
        scores = scores.masked_fill(~seen, -1e30)
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


def examples():
    torch.manual_seed(0)
    mask = torch.rand(2, 1, 5) > 0.3
    mask[..., 0] = True
    query, key, value = (torch.randn(2, 5, 8) for _ in range(3))
    for attention in (FinfoAttention, BlockAttention):
        for bias in (None, torch.randn(5, 5), torch.randn(2, 5, 5, dtype=torch.float64)):
            yield attention(), (query, key, value, bias, mask), {}
            yield attention(), (query, key, value, bias), {}
    lowest = torch.finfo(torch.float32).min
    for queries, keys in ((5, 5), (3, 7), (1, 6)):
        query, key, value = (2.0 * torch.randn(2, 2, length, 8) for length in (queries, keys, keys))
        mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, lowest)
        mask[0] = lowest
        seen = torch.rand(queries, keys) > 0.3
        yield FilledWhereThereIsNoneAttention(), (query, key, value, mask, seen), {}


def example():
    return next(examples())
