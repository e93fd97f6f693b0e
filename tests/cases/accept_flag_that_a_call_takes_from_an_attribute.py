import torch
from torch import nn

EXPECT = "generated"
WHY = "what the flag says is not known where the helper is called, and it may raise an error: it is written out there"


class CheckedAttention(nn.Module):
    def __init__(self, strict):
        super().__init__()
        self.strict = strict

    def prepared(self, logits, size, strict=False):
        if strict and size > 2.0:
            raise ValueError("strict")
        return logits / size

    def forward(self, query, key, value):
        logits = self.prepared(query @ key.transpose(-1, -2), 3.0, self.strict)
        return torch.softmax(logits, dim=-1) @ value


def examples():
    torch.manual_seed(0)
    for strict in (False, True):
        query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
        yield CheckedAttention(strict), (query, key, value), {}


def example():
    return next(examples())
