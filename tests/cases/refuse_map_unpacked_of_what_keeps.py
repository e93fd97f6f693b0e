import torch
from torch import nn

EXPECT = "refused"
CODES = {
    "LambdaAttention": "OPERAND_CHANGED",
    "BoundAttention": "OPERAND_CHANGED",
    "MethodAttention": "OPERAND_CHANGED",
    "NestedAttention": "OPERAND_CHANGED",
    "ChangedAttention": "OPERAND_CHANGED",
}
WHY = "what is mapped over tensors that are unpacked at once may have kept them, and they are changed later"


class LambdaAttention(nn.Module):
    def forward(self, query, key, value):
        kept = []
        query, key = map(lambda t: kept.append(t) or t, (query, key))
        scores = query @ key.transpose(-1, -2)
        kept[0].mul_(2.0)
        return scores.softmax(dim=-1) @ value


class BoundAttention(nn.Module):
    def forward(self, query, key, value):
        kept = []
        _, _ = map(kept.append, (query, key))
        scores = query @ key.transpose(-1, -2)
        kept[0].mul_(2.0)
        return scores.softmax(dim=-1) @ value


class MethodAttention(nn.Module):
    def keep(self, states):
        self.kept = states
        return states

    def forward(self, query, key, value):
        query, key = map(self.keep, (query, key))
        scores = query @ key.transpose(-1, -2)
        self.kept.mul_(2.0)
        return scores.softmax(dim=-1) @ value


class NestedAttention(nn.Module):
    def forward(self, query, key, value):
        kept = {}

        def keep(states):
            kept["last"] = states
            return states

        query, key = map(keep, (query, key))
        scores = query @ key.transpose(-1, -2)
        kept["last"].mul_(2.0)
        return scores.softmax(dim=-1) @ value


class ChangedAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2)
        query, key = map(lambda t: t.mul_(2.0), (query, key))
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for attention in (LambdaAttention, BoundAttention, MethodAttention, NestedAttention, ChangedAttention):
        query, key, value = (torch.randn(2, 3, 4, 8) for _ in range(3))
        yield attention(), (query, key, value), {}


def example():
    return next(examples())
