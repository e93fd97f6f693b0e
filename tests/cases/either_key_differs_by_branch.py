import torch
from torch import nn

EXPECT = "either"
WHY = "the two branches take the product with two keys"


class Attention(nn.Module):
    def __init__(self, swap=False):
        super().__init__()
        self.swap = swap

    def forward(self, query, key, value):
        if self.swap:
            scores = torch.matmul(query, value.transpose(-1, -2))
        else:
            scores = torch.matmul(query, key.transpose(-1, -2))
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for swap in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield Attention(swap), (query, key, value), {}


def example():
    return next(examples())
