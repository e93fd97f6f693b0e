import torch
import torch.nn.functional as F
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "of which dtype scores are is a matter of what numbers, whole numbers and functions made of what was added to them"


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.slopes = nn.Parameter(torch.rand(2, 1, 1))
        self.table = nn.Parameter(torch.rand(8, 1))
        self.register_buffer("places", torch.arange(8))


class Attention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.where(near, 0.0, torch.finfo(torch.float32).min)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class LogarithmAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.log(torch.arange(1, key.size(-2) + 1))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class FloatsAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.arange(0.0, key.size(-2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class WholeAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.arange(key.size(-2)) * -1
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class ListedAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.tensor([3, 1]).view(2, 1, 1)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class FullAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.full((key.size(-2),), 3)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class SubtractedAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.subtract(self.slopes, torch.ones(2, 1, key.size(-2)))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class NamedAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + (self.slopes * torch.arange(key.size(-2))).type("torch.FloatTensor")
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class BufferAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + self.places[: key.size(-2)] * 0.5
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class EmbeddedAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + F.embedding(torch.arange(key.size(-2)), self.table).view(-1) * 0.5
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class SummedAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + self.slopes * torch.ones(3).sum() + self.slopes
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class ScalarAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.arange(key.size(-2)) * torch.tensor(0.5)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class LikeAttention(Base):
    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.zeros_like(self.slopes.float()) + 0.5
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class InPlaceAttention(Base):
    """A tensor that is changed in place keeps its dtype."""

    def forward(self, query, key, value, near):
        slopes = self.slopes.expand(2, 1, key.size(-2)).clone()
        slopes += torch.arange(key.size(-2)) * 0.5
        slopes.mul_(torch.ones(key.size(-2)))
        scores = torch.matmul(query, key.transpose(-1, -2)) + slopes
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class FilledAttention(Base):
    """The constant of a fill is the least of the dtype that the scores have by then."""

    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.where(near, 0.0, torch.finfo(torch.float32).min)
        scores = torch.where(near.flip(-1), scores, torch.finfo(scores.dtype).min)
        probs = torch.softmax(scores.float(), dim=-1)
        return torch.matmul(probs.to(value.dtype), value)


class CastBackAttention(Base):
    """A cast behind what was added makes them what they were."""

    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores + torch.arange(key.size(-2)) * 0.5
        scores = scores.to(query.dtype)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs.to(value.dtype), value).to(probs.dtype)


class RoundedAttention(Base):
    """What is added in place is rounded to the dtype of the scores, which are cast before it matters."""

    def forward(self, query, key, value, near):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores += torch.arange(key.size(-2)) * 0.5
        probs = F.softmax(scores.float(), dim=-1).type_as(scores)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    kinds = (
        Attention, LogarithmAttention, FloatsAttention, WholeAttention, ListedAttention, FullAttention, SubtractedAttention, NamedAttention, BufferAttention, EmbeddedAttention, SummedAttention, ScalarAttention, LikeAttention, InPlaceAttention, FilledAttention, RoundedAttention, CastBackAttention
    )
    for attention in kinds:
        for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
            query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
            yield attention(), (query, key, value, torch.rand(queries, keys) > 0.3), {}


def example():
    return next(examples())
