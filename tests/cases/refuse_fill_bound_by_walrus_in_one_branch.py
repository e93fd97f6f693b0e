import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "`:=` in one side of a conditional expression"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        low = -1e9
        self.note = (low := -1.0) if query.size(-1) > 4 else 0.0
        scores = scores.masked_fill(hidden, low)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    hidden = torch.ones(5, 5).triu(1).bool()
    return Attention(), (query, key, value), {"hidden": hidden}
