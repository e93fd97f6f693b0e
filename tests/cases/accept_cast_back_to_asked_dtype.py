import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a cast to the half precision that the scores are known to have had"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1))
        if scores.dtype == torch.bfloat16:
            probs = torch.softmax(scores, dim=-1, dtype=torch.float32).to(torch.bfloat16)
        else:
            probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
