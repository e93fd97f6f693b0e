import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "two products, one for each value of a setting: one goes on, the other is a guard"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, kind="plain"):
        super().__init__()
        self.kind = kind
        self.offset = nn.Parameter(torch.randn(3, 1, 8))

    def relative(self, query, key):
        scores = torch.matmul(query + self.offset, key.transpose(-2, -1))
        return scores / math.sqrt(query.size(-1))

    def forward(self, query, key, value, mask=None):
        if self.kind == "relative":
            scores = self.relative(query=query, key=key)
        else:
            scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + mask
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(), Attention("relative")):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value, torch.randn(2, 1, 5, 5)), {}
