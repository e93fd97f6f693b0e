import torch
from torch import nn

EXPECT = "generated"
WHY = "a constructor that keeps a dropout, or None where there is nothing to drop"
WRITTEN = {"OptionalAttention": "if self.dropout is not None:\n        dropout_p = "}
NOT_WRITTEN = {"OptionalAttention": "if self.dropout is not None:\n        return super()"}


class OptionalAttention(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.dropout = nn.Dropout(p) if p else None

    def forward(self, query, key, value):
        probs = torch.softmax(query @ key.transpose(-1, -2), dim=-1)
        if self.dropout is not None:
            probs = self.dropout(probs)
        return probs @ value


def examples():
    torch.manual_seed(0)
    for p in (0.0, 0.2):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield OptionalAttention(p), (query, key, value), {}


def example():
    return next(examples())
