import functools

import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "GeneratorAttention": "OPERAND_CHANGED",
    "CallingAttention": "OPERAND_CHANGED",
    "YieldingAttention": "OPERAND_CHANGED",
    "MappedAttention": "OPERAND_CHANGED",
    "LazyResultsAttention": "OPERAND_CHANGED",
    "MappedGeneratorsAttention": "OPERAND_CHANGED",
    "KeptByFunctionAttention": "UNSUPPORTED",
    "PickedAttention": "OPERAND_CHANGED",
    "PartialAttention": "OPERAND_CHANGED",
    "PutIntoArgumentAttention": "OPERAND_CHANGED",
    "DefaultAttention": "OPERAND_CHANGED",
    "SequenceAttention": "OPERAND_CHANGED",
}
WHY = "what the attention reads is changed by what runs later, or was given to what somebody may ask for it"


class Biased(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Buffer(torch.tensor([1.0, -2.0, 3.0, 0.5]))

    def change(self, _=None):
        self.bias.mul_(2.0)


class GeneratorAttention(Biased):
    def forward(self, query, key, value):
        lazy = (self.bias.mul_(2.0) for _ in range(1))
        scores = query @ key.mT + self.bias
        list(lazy)
        return scores.softmax(-1) @ value


class CallingAttention(Biased):
    def forward(self, query, key, value):
        lazy = (self.change() for _ in range(1))
        scores = query @ key.mT + self.bias
        for _ in lazy:
            pass
        return scores.softmax(-1) @ value


class YieldingAttention(Biased):
    def changes(self):
        yield self.bias.mul_(2.0)

    def forward(self, query, key, value):
        lazy = self.changes()
        scores = query @ key.mT + self.bias
        list(lazy)
        return scores.softmax(-1) @ value


class MappedAttention(Biased):
    def forward(self, query, key, value):
        lazy = map(self.change, [1])
        scores = query @ key.mT + self.bias
        list(lazy)
        return scores.softmax(-1) @ value


class LazyResultsAttention(nn.Module):
    def forward(self, query, key, value):
        first, _ = map(lambda t: (x.mul_(2.0) for x in [t]), (query, key))
        scores = query @ key.mT
        list(first)
        return scores.softmax(-1) @ value


class MappedGeneratorsAttention(nn.Module):
    def lazily(self, states):
        yield states.mul_(2.0)

    def forward(self, query, key, value):
        first, _ = map(self.lazily, (query, key))
        scores = query @ key.mT
        list(first)
        return scores.softmax(-1) @ value


def same(states):
    return states


class KeptByFunctionAttention(nn.Module):
    def forward(self, query, key, value):
        query, key = map(lambda t: setattr(same, "kept", t) or t, (query, key))
        scores = query @ key.mT
        same.kept.mul_(2.0)
        return scores.softmax(-1) @ value


class PickedAttention(nn.Module):
    def forward(self, query, key, value):
        def pick(_):
            return query

        one, _ = map(pick, (1, 2))
        scores = query @ key.mT
        one.mul_(2.0)
        return scores.softmax(-1) @ value


class PartialAttention(nn.Module):
    def forward(self, query, key, value):
        def pick(_):
            return query

        one = functools.partial(pick, 1)()
        scores = query @ key.mT
        one.mul_(2.0)
        return scores.softmax(-1) @ value


class PutIntoArgumentAttention(nn.Module):
    def __init__(self, state):
        super().__init__()
        self.state = state

    def forward(self, query, key, value):
        self.state["query"] = query
        scores = query @ key.mT
        self.state["query"].mul_(2.0)
        return scores.softmax(-1) @ value


class DefaultAttention(nn.Module):
    def __init__(self, config=None):
        super().__init__()
        self.config = config

    def forward(self, query, key, value):
        states = getattr(self.config, "states", query)
        scores = query @ key.mT
        states *= 2.0
        return scores.softmax(-1) @ value


class Doubled(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.bias = bias

    def forward(self, states):
        self.bias.mul_(2.0)
        return states


class SequenceAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.tensor([1.0, -2.0, 3.0, 0.5]), requires_grad=False)
        self.sequence = nn.Sequential(Doubled(self.bias))

    def forward(self, query, key, value):
        scores = query @ key.mT + self.bias
        value = self.sequence(value)
        return scores.softmax(-1) @ value


def examples():
    torch.manual_seed(0)
    classes = (
        GeneratorAttention,
        CallingAttention,
        YieldingAttention,
        MappedAttention,
        LazyResultsAttention,
        MappedGeneratorsAttention,
        KeptByFunctionAttention,
        PickedAttention,
        PartialAttention,
        DefaultAttention,
        SequenceAttention,
    )
    for module in (*(attention() for attention in classes), PutIntoArgumentAttention({})):
        query, key, value = (torch.randn(2, 3, 4, 8) for _ in range(3))
        yield module, (query, key, value), {}


def example():
    return next(examples())
