import torch
from torch import nn

EXPECT = "refused"
CODE = "HELPER"
WHY = "a helper changes its query in place, under another name, and the query comes of an attention that is refused"


class AugmentAttention(nn.Module):
    def meet(self, query, key):
        query = query * 0.5
        other = query
        other += 0.1
        return torch.matmul(query, key.transpose(-1, -2))

    def forward(self, query, key, value, sharpness):
        scores = self.first(query, key) * sharpness
        query = query + torch.matmul(scores.softmax(-1), value)
        return torch.matmul(self.meet(query, key).softmax(-1), value)

    def first(self, query, key):
        return torch.matmul(query, key.transpose(-1, -2))


class MethodAttention(AugmentAttention):
    def meet(self, query, key):
        halved = query * 0.5
        other = halved
        other.mul_(2.0)
        return torch.matmul(halved, key.transpose(-1, -2))


class StoreAttention(AugmentAttention):
    def meet(self, query, key):
        halved = query * 0.5
        other = halved
        other[..., -1] = -1e9
        return torch.matmul(halved, key.transpose(-1, -2))


class OutAttention(AugmentAttention):
    def meet(self, query, key):
        halved = query * 0.5
        other = halved
        torch.add(other, 0.1, out=other)
        return torch.matmul(halved, key.transpose(-1, -2))


def examples():
    torch.manual_seed(0)
    for make in (AugmentAttention, MethodAttention, StoreAttention, OutAttention):
        query, key, value = (2.0 * torch.randn(2, 3, 4, 8) for _ in range(3))
        yield make(), (query, key, value, 0.5 + torch.rand(4)), {}


def example():
    return next(examples())
