import torch
from torch import nn

EXPECT = "generated"
WHY = "the dtype that scores of float32 operands were cast to is not the query's, and cannot be said without them"
WRITTEN = {"BeforeAttention": "torch.finfo(scores.dtype)"}


class BeforeAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.Linear(8, 8)

    def forward(self, query, key, value):
        other = self.part(query)
        first = (other @ key.transpose(-1, -2)).softmax(-1) @ value
        scores = first.float() @ key.float().transpose(-1, -2)
        scores = scores.to(other.dtype)
        scores = scores.masked_fill(torch.arange(key.size(-2)) > 2, torch.finfo(scores.dtype).min)
        return scores.softmax(-1) @ value


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
    return BeforeAttention(), (query, key, value), {}
