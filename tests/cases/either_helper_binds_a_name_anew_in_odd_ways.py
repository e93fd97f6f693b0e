import torch
from torch import nn

EXPECT = "either"
WHY = "what a name stands for is not the expression it was last bound to in the text"
EAGER_ALLOWED = True


class Base(nn.Module):
    count = 0
    flag = True

    def forward(self, query, key, value):
        output = torch.matmul(self.probs(query, key), value)
        return output + 0.01 * self.count

    def end(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class InPlaceAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        query.mul_(0.5)
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class AliasAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        other = query
        other *= 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class LoopAttention(Base):
    def probs(self, query, key):
        for _ in range(2):
            query = query * 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class LoopReadAttention(Base):
    def probs(self, query, key):
        scores = 0.0
        for _ in range(2):
            scores = torch.matmul(query, key.transpose(-1, -2))
            query = query * 0.5
        return scores.softmax(-1)


class WhileAttention(Base):
    def probs(self, query, key):
        step = 0
        while step < 2:
            query = query * 0.5
            step = step + 1
        else:
            query = query + 0.1
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class BrokenLoopAttention(Base):
    def probs(self, query, key):
        for step in range(3):
            if step == 1:
                break
            key = key + 0.5
        else:
            query = query * 3.0
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class AttemptAttention(Base):
    def probs(self, query, key):
        try:
            query = query * 0.5
            query = query.nothing()
        except AttributeError:
            key = key * 2.0
        finally:
            key = key + 0.1
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class EarlyAttention(Base):
    def probs(self, query, key):
        if query.shape[-2] == 4:
            return torch.matmul(query * 0.5, key.transpose(-1, -2)).softmax(-1)
        query = query * 0.25
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class CountedTestAttention(Base):
    def counted(self):
        self.count += 1
        return self.count % 2 == 0

    def probs(self, query, key):
        if self.counted():
            query = query * 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class DrawnTestAttention(Base):
    def probs(self, query, key):
        if torch.rand(()) > 0.5:
            query = query * 0.5
            key = key * 2.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class DrawnAttention(Base):
    def probs(self, query, key):
        query = query + torch.rand_like(query)
        key = key + query.mean()
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class DrawnOnASideAttention(Base):
    def probs(self, query, key):
        if self.flag:
            query = query + torch.rand_like(query)
        bias = query.mean()
        return (torch.matmul(query, key.transpose(-1, -2)) + bias * key[..., :1].transpose(-1, -2)).softmax(-1)


class FlagChangesAttention(Base):
    def probs(self, query, key):
        if self.flag:
            query = query * 0.5
        self.flag = not self.flag
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class TestChangesAttention(Base):
    def probs(self, query, key):
        test = query[0, 0, 0, 0] * 1.0
        if test > -100.0:
            query = query * 0.5
        test.sub_(1000.0)
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class SwappedAttention(Base):
    def probs(self, query, key):
        query, key = key, query
        key = key * 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class WalrusAttention(Base):
    def probs(self, query, key):
        if (query := query * 0.5).shape[-1] > 3 and (key := key + 0.5) is not None:
            key = key * 2.0
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class ShadowedAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        shifted = [query + 1.0 for query in (key,)]
        return torch.matmul(query, shifted[0].transpose(-1, -2)).softmax(-1)


class NestedAttention(Base):
    def probs(self, query, key):
        def scores():
            return torch.matmul(query, key.transpose(-1, -2))

        query = query * 0.5
        result = scores()
        query = query * 7.0
        return result.softmax(-1)


class RedefinedAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        first = query

        def query():
            return first * 0.5

        return torch.matmul(query(), key.transpose(-1, -2)).softmax(-1)


class DeletedAttention(Base):
    def probs(self, query, key):
        other = query * 0.5
        del query
        query = other * 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class WithAttention(Base):
    def probs(self, query, key):
        with torch.no_grad():
            query = query * 0.5
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class SidesInSidesAttention(Base):
    def probs(self, query, key):
        if self.flag:
            if query.shape[-2] > 4:
                query = query * 0.5
            key = key * 0.5
        elif query.shape[-1] > 4:
            key = key * 0.25
        query = query + 0.1
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class OneSideLeavesAttention(Base):
    def probs(self, query, key):
        if self.flag:
            query = query * 0.5
        else:
            raise ValueError(query)
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class GivenTwiceAttention(Base):
    def forward(self, query, key, value):
        query = query * 0.5
        first = self.end(query, key)
        query = query * 0.5
        return torch.matmul(first, value) + torch.matmul(self.end(query, key), value)


class ArgumentLaterAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        return self.end(query=query, key=key)


class LaterAttention(Base):
    def probs(self, query, key):
        query = query * 0.5
        scores = torch.matmul(query, key.transpose(-1, -2))
        query = query * 3.0
        return scores.softmax(-1), query.mean()

    def forward(self, query, key, value):
        probs, mean = self.probs(query, key)
        return torch.matmul(probs, value) + mean


class ImportedAttention(Base):
    def probs(self, query, key):
        import math as query_math

        query = query / query_math.sqrt(query.shape[-1])
        return torch.matmul(query, key.transpose(-1, -2)).softmax(-1)


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value):
        return self.odd(query, key, value), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (
        InPlaceAttention, AliasAttention, LoopAttention, LoopReadAttention, WhileAttention, BrokenLoopAttention,
        AttemptAttention, EarlyAttention, CountedTestAttention, DrawnTestAttention, DrawnAttention,
        DrawnOnASideAttention, FlagChangesAttention, TestChangesAttention, SwappedAttention, WalrusAttention,
        ShadowedAttention, NestedAttention, RedefinedAttention, DeletedAttention, WithAttention,
        SidesInSidesAttention, OneSideLeavesAttention, GivenTwiceAttention, ArgumentLaterAttention,
        ImportedAttention, LaterAttention,
    ):  # fmt: skip
        for rows in (4, 5):
            query, key, value = (2.0 * torch.randn(2, 3, rows, 8) for _ in range(3))
            yield Both(make()), (query, key, value), {}


def example():
    return next(examples())
