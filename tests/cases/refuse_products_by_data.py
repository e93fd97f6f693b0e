import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "two products, and which of them is known only inside the method"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        query = query * 0.5
        if query.mean() > 0:
            scores = torch.matmul(query, key.transpose(-2, -1))
        else:
            scores = torch.matmul(query + 1.0, key.transpose(-2, -1) * 0.5)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
