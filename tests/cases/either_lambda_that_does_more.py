import torch
from torch import nn

EXPECT = "either"
WHY = "a lambda that a helper calls changes a tensor, takes the scores, or reads a name that is bound anew"


def called(function, *given):
    return function(*given)


def doubled(tensor):
    return tensor.mul_(2.0)


class ChangingAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.3
        called(lambda: value.mul_(2.0))
        return scores.softmax(-1) @ value


class ChangingBelowAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.3
        later = lambda: doubled(value)  # noqa: E731
        probs = scores.softmax(-1)
        called(later)
        return probs @ value


class TakingAttention(nn.Module):
    def forward(self, query, key, value):
        scores = query @ key.transpose(-1, -2) * 0.3
        scores = called(lambda given: given + key.sum(), scores)
        return scores.softmax(-1) @ value


class ReboundAttention(nn.Module):
    def forward(self, query, key, value):
        scale = 0.3
        scaled = lambda: query * scale  # noqa: E731
        scale = 0.6
        query = called(scaled)
        return (query @ key.transpose(-1, -2)).softmax(-1) @ value


class DefaultAttention(nn.Module):
    def forward(self, query, key, value):
        scale = 0.3
        scaled = lambda of=query, by=scale: of * by  # noqa: E731
        scale = 0.6
        query = called(scaled)
        return (query @ key.transpose(-1, -2) * scale).softmax(-1) @ value


class TwiceAttention(nn.Module):
    def forward(self, query, key, value):
        product = lambda one, other: one @ other.transpose(-1, -2) * 0.3  # noqa: E731
        first, second = called(product, query, key), called(product, key, query)
        return first.softmax(-1) @ value + second.softmax(-1) @ value


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        kinds = (ChangingAttention, ChangingBelowAttention, TakingAttention, ReboundAttention, DefaultAttention, TwiceAttention)
        self.parts = nn.ModuleList([kind() for kind in kinds])

    def forward(self, query, key, value):
        return sum(part(query, key, value.clone()) for part in self.parts)


def example():
    torch.manual_seed(0)
    return Block(), tuple(2.0 * torch.randn(2, 3, 5, 8) for _ in range(3)), {}
