import torch
from torch import nn

EXPECT = "refused"
CODE = "METADATA"
WHY = "the dtype of scores is not known where something that may be in float32 was added to them, or scaled them"


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


class FilledBeforeAttention(nn.Module):
    """Of a fill alone the bias gets torch's default dtype, which the scores do not have."""

    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(~seen, -1e30)
        scores = scores + mask
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class InPlaceAttention(nn.Module):
    """What is added in place leaves the scores' dtype as it is, and is of its own."""

    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += mask
        scores = scores + mask
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class CastBetweenAttention(nn.Module):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = scores.to(query.dtype)
        scores = scores + mask
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class BehindAttention(nn.Module):
    """The dtype of what the scores were before, read where the bias is another by now."""

    def forward(self, query, key, value, mask, seen):
        before = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = before + torch.zeros(mask.size(-1))
        lowest = torch.finfo(before.dtype).min
        scores = torch.where(seen, scores, lowest)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


KINDS = (Attention, FilledBeforeAttention, InPlaceAttention, CastBetweenAttention, BehindAttention)


def examples():
    torch.manual_seed(0)
    for attention in KINDS:
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, torch.finfo(torch.float32).min)
            mask[0] = torch.finfo(torch.float32).min
            seen = (torch.rand(queries, keys) > 0.3,) if attention is not Attention else ()
            yield attention(), (query, key, value, mask, *seen), {}


def example():
    return next(examples())
