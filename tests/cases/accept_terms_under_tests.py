import torch
from torch import nn

EXPECT = "generated"
EVERY = True
WHY = "only `if term is not None: scores = scores + term` leaves the term as it is; other tests and other statements say more"


def added(scores, other):
    return scores + other


class Base(nn.Module):
    def __init__(self, flag=True):
        super().__init__()
        self.flag = flag


class OtherNameAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class OtherConstantAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if mask is not False:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class EqualAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is None:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class AttributeAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if self.flag is not None:
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ElseAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores + other
        else:
            scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoStatementsAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores + other
            scores = scores + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TwoTermsAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores + other + mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class TakenAwayAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores - other
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class FactorAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores * 0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class ConditionalAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = scores + other if self.flag else scores
        return torch.matmul(torch.softmax(scores, dim=-1), value)


class CalledAttention(Base):
    def forward(self, query, key, value, mask, other=None):
        scores = torch.matmul(query, key.transpose(-1, -2))
        if other is not None:
            scores = added(scores, mask)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def examples():
    torch.manual_seed(0)
    kinds = (
        OtherNameAttention,
        OtherConstantAttention,
        EqualAttention,
        AttributeAttention,
        ElseAttention,
        TwoStatementsAttention,
        TwoTermsAttention,
        TakenAwayAttention,
        FactorAttention,
        ConditionalAttention,
        CalledAttention,
    )
    for kind in kinds:
        for other in (None, torch.randn(5, 5)):
            for flag in (False, True):
                query, key, value = (torch.randn(2, 2, 5, 8) for _ in range(3))
                yield kind(flag), (query, key, value, torch.randn(5, 5), other), {}


def example():
    return next(examples())
