import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a cast to half precision where a branch asked for another tensor's dtype"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(8, 8)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1))
        value = self.proj(value)
        if value.dtype == torch.float32:
            probs = torch.softmax(scores, dim=-1, dtype=torch.float32).to(torch.bfloat16)
        else:
            probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value.to(probs.dtype)).float()


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
