import torch
from torch import nn

EXPECT = "generated"
WHY = "parts of a model may be kept in float32 while the rest of it is cast: the dtype of scores that met them is asked"


class Kept(nn.Module):
    def _apply(self, fn, recurse=True):
        """As what keeps some modules in float32 when a model is loaded."""
        return super()._apply(lambda tensor: fn(tensor).float(), recurse)


class TableAttention(Kept):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.rand(2, 1, 9))

    def term(self, scores):
        return self.table[..., : scores.size(-1)]

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + self.term(scores)
        dtype = scores.dtype
        weights = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(weights, value), torch.zeros(1, dtype=dtype)


class BufferAttention(TableAttention):
    def __init__(self):
        super().__init__()
        self.register_buffer("slopes", torch.rand(2, 1, 9))

    def term(self, scores):
        return self.slopes[..., : scores.size(-1)]


class EmbeddingAttention(TableAttention):
    def __init__(self):
        super().__init__()
        self.places = nn.Embedding(9, 1)

    def term(self, scores):
        return self.places(torch.arange(scores.size(-1))).squeeze(-1)


class SoftmaxDtypeAttention(TableAttention):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) + self.table[..., : key.size(-2)]
        weights = torch.softmax(scores, dim=-1, dtype=scores.dtype).to(value.dtype)
        return torch.matmul(weights, value)


def examples():
    for make in (TableAttention, BufferAttention, EmbeddingAttention, SoftmaxDtypeAttention):
        torch.manual_seed(0)
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield make(), (query, key, value), {}


def example():
    return next(examples())
