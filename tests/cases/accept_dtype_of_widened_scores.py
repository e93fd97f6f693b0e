import torch
from torch import nn

EXPECT = "generated"
WHY = "scores to which something in float32 was added are of that dtype, and it is said so where it is read"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.ones(9, 9, dtype=torch.bool).tril())

    def term(self, scores):
        return 0.3 * torch.arange(scores.size(-1))

    def forward(self, query, key, value, mask):
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key)
        scores = scores + self.term(scores)
        scores = scores + mask
        seen = self.seen[: scores.size(-2), : scores.size(-1)]
        scores = torch.where(seen, scores, torch.finfo(scores.dtype).min)
        return torch.matmul(torch.softmax(scores.float(), dim=-1).to(value.dtype), value)


class Cast(Attention):
    def term(self, scores):
        return torch.linspace(0.0, 1.0, scores.size(-1)).to(scores.device)


class Upcast(Attention):
    def term(self, scores):
        steps = torch.arange(scores.size(-1), device=scores.device)
        return -steps[None, :].float()


class Kept(Attention):
    def __init__(self):
        super().__init__()
        self.steps = torch.arange(9.0)

    def term(self, scores):
        return self.steps[: scores.size(-1)] / 9.0


class Hidden(Attention):
    def term(self, scores):
        return (torch.arange(scores.size(-1)) > 5) * -2.5


class Divided(Attention):
    def term(self, scores):
        return torch.arange(scores.size(-1)) / scores.size(-1)


class Whole(Attention):
    def term(self, scores):
        return 2 * torch.arange(scores.size(-1)) - 3


def examples():
    torch.manual_seed(0)
    for attention in (Attention, Cast, Upcast, Kept, Hidden, Divided, Whole):
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            mask = torch.zeros(queries, keys).masked_fill(torch.rand(queries, keys) > 0.6, torch.finfo(torch.float32).min)
            mask[0] = torch.finfo(torch.float32).min
            yield attention(), (query, key, value, mask), {}


def example():
    return next(examples())
