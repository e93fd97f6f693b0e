import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "the dtype of scores is that of the argument that was added to them, if it is wider: a float32 mask in a bfloat16 model"


class Attention(nn.Module):
    def masked(self, scores, mask):
        return scores + mask

    def finish(self, scores, seen, value):
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)

    def forward(self, query, key, value, mask, seen):
        scores = self.masked(torch.matmul(query, key.transpose(-1, -2)), mask)
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class PerhapsAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if query.size(-2) > 1:
            scores = scores + mask
        lowest = torch.finfo(scores.dtype).min
        scores = scores.masked_fill(~seen, lowest)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class EitherAttention(Attention):
    def __init__(self):
        super().__init__()
        self.slopes = nn.Parameter(torch.rand(2, 1, 1))

    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if scores.size(-1) > 5:
            term = 0.3 * torch.arange(scores.size(-1))
        else:
            term = self.slopes
        scores = scores + term
        scores = scores + mask
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class ScaledAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = 8 - torch.matmul(query, key.transpose(-1, -2))
        scores = (scores + mask * 0.5) / 0.7
        scores = torch.where(seen, scores, torch.full_like(scores, torch.finfo(scores.dtype).min))
        scores = torch.max(scores, torch.tensor(torch.finfo(scores.dtype).min, dtype=scores.dtype))
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class CastFirstAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)).to(query.dtype)
        scores = scores + mask
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class HelpedAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        return self.finish(scores, seen, value)


class NewZerosAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask
        scores = torch.where(seen, scores, torch.finfo(torch.zeros_like(scores).dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class ProbabilitiesAttention(Attention):
    def forward(self, query, key, value, mask, seen):
        scores = torch.matmul(query, key.transpose(-1, -2)) + mask.clamp(min=-3.0)
        probs = torch.softmax(scores, dim=-1)
        context = torch.matmul(probs.to(value.dtype), value)
        return context.to(probs.dtype)


def examples():
    torch.manual_seed(0)
    kinds = (
        Attention, PerhapsAttention, EitherAttention, ScaledAttention, HelpedAttention, NewZerosAttention,
        ProbabilitiesAttention, CastFirstAttention,
    )  # fmt: skip
    for attention in kinds:
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, torch.finfo(torch.float32).min)
            mask[0] = torch.finfo(torch.float32).min
            yield attention(), (query, key, value, mask, torch.rand(queries, keys) > 0.3), {}


def example():
    return next(examples())
