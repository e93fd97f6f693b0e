import torch
from torch import nn

EXPECT = "generated"
WHY = "the decorator notes the function and hands it back"

NOTED = set()


def noted(function):
    NOTED.add(function)
    return function


@torch.fx.wrap
@noted
def masked(scores, bias=None):
    return scores if bias is None else scores + bias


class NotedAttention(nn.Module):
    def forward(self, query, key, value, bias=None):
        scores = masked(query @ key.transpose(-1, -2) * 0.4, bias)
        return scores.softmax(dim=-1) @ value


def examples():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    yield NotedAttention(), (query, key, value), {}
    yield NotedAttention(), (query, key, value), {"bias": torch.randn(5, 5)}


def example():
    return next(examples())
