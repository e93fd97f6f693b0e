import torch
from torch import nn

EXPECT = "either"
WHY = "the attention itself returns weights where a flag, in whatever words, asks for them: they are given, or it is refused"
EAGER_ALLOWED = True


class Base(nn.Module):
    keep = False

    def asked(self, need, x):
        return need

    def forward(self, query, key, value, need=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        if self.asked(need, x):
            return x, probs
        return x, None


class AndAttention(Base):
    def forward(self, query, key, value, need=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        if need and x.shape[0] > 1:
            return x, probs
        return x, None


class GradAttention(Base):
    def forward(self, query, key, value, need=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        return (x, probs) if need and x.dim() == 4 else (x, None)


class AnyAttention(Base):
    def forward(self, query, key, value, need=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        if any([need, self.keep]):
            return x, probs
        return x, None


class BoundAttention(Base):
    def forward(self, query, key, value, need=False):
        want = need
        need = False
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        if want:
            return x, probs
        return x, None


class UnlessAttention(Base):
    def forward(self, query, key, value, need=False):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        x = probs @ value
        if not need or x.shape[0] < 1:
            return x, None
        return x, probs


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value, need=False):
        output, probs = self.odd(query, key, value, need)
        return output, (0.0 if probs is None else probs.sum()), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (Base, AndAttention, GradAttention, AnyAttention, BoundAttention, UnlessAttention):
        for need in (True, False):
            query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
            yield Both(make()), (query, key, value, need), {}


def example():
    return next(examples())
