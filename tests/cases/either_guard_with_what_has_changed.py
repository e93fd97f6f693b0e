import torch
from torch import nn

EXPECT = "either"
WHY = "a test that is asked at the first line may come out otherwise there"
EAGER_ALLOWED = True


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.cache, self.history = None, []
        self.register_buffer("started", torch.tensor(False))

    def change(self, key, cap):
        pass

    def met(self):
        return False

    def forward(self, query, key, value, cap):
        self.change(key, cap)
        scores = query @ key.transpose(-1, -2)
        if self.met():
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class HasAttention(Base):
    def forward(self, query, key, value, cap):
        self.lately = key
        scores = query @ key.transpose(-1, -2)
        if hasattr(self, "lately"):
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class GetAttention(Base):
    def forward(self, query, key, value, cap):
        self.lately = key
        scores = query @ key.transpose(-1, -2)
        if getattr(self, "lately", None) is not None:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class StartedAttention(Base):
    def forward(self, query, key, value, cap):
        self.started.fill_(True)
        scores = query @ key.transpose(-1, -2)
        if self.started:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class ListAttention(Base):
    def forward(self, query, key, value, cap):
        self.history.append(cap)
        scores = query @ key.transpose(-1, -2)
        if self.history:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class LoopAttention(Base):
    def forward(self, query, key, value, cap):
        for _ in range(2):
            scores = query @ key.transpose(-1, -2)
            if self.cache is not None:
                scores = torch.tanh(scores)
            query = scores.softmax(-1) @ value
            self.cache = cap
        return query


class MissingAttention(Base):
    def forward(self, query, key, value, cap):
        scores = query @ key.transpose(-1, -2)
        if scores.shape[-1] > 100 and self.nothing:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class ExtraAttention(Base):
    def forward(self, query, key, value, cap=None):
        scores = query @ key.transpose(-1, -2)
        if scores.shape[-1] > 100 and cap:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class DataAttention(Base):
    def forward(self, query, key, value, cap):
        if not self.started:
            self.started.data.copy_(torch.tensor(True))
        scores = query @ key.transpose(-1, -2)
        if self.started:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class AliasAttention(Base):
    def forward(self, query, key, value, cap):
        history = self.history
        history += [cap]
        scores = query @ key.transpose(-1, -2)
        if self.history:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class SetterAttention(Base):
    @property
    def store(self):
        return self.cache

    @store.setter
    def store(self, value):
        self.cache = value

    def forward(self, query, key, value, cap):
        self.store = cap
        scores = query @ key.transpose(-1, -2)
        if self.cache is not None:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class ShapeAttention(Base):
    def forward(self, query, key, value, cap):
        cap.unsqueeze_(0)
        scores = query @ key.transpose(-1, -2)
        if cap.dim() == 2:
            scores = torch.tanh(scores)
        return scores.softmax(-1) @ value


class PlainAttention(nn.Module):
    def forward(self, query, key, value):
        return torch.matmul(torch.matmul(query, key.transpose(-1, -2)).softmax(-1), value)


class Both(nn.Module):
    def __init__(self, odd):
        super().__init__()
        self.odd, self.plain = odd, PlainAttention()

    def forward(self, query, key, value, cap):
        return self.odd(query, key, value, cap), self.plain(query, key, value)


def examples():
    torch.manual_seed(0)
    for make in (
        HasAttention, GetAttention, StartedAttention, ListAttention, LoopAttention, MissingAttention, ExtraAttention,
        DataAttention, AliasAttention, SetterAttention, ShapeAttention,
    ):  # fmt: skip
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield Both(make()), (query, key, value, torch.ones(3)), {}


def example():
    return next(examples())
