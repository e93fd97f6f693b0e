import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "a fill is divided by the root of a tensor, which is positive"
EAGER_ALLOWED = True


class Attention(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.root = torch.sqrt(torch.tensor(size, dtype=torch.float32)).to(torch.get_default_dtype())
        self.register_buffer("causal", torch.tril(torch.ones(5, 5, dtype=torch.bool)).view(1, 1, 5, 5))

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1))
        lowest = torch.tensor(torch.finfo(scores.dtype).min, dtype=scores.dtype)
        scores = torch.where(self.causal, scores, lowest)
        scores = scores / self.root
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for module in (Attention(),):
        query, key, value = (2.0 * torch.randn(2, 3, 5, 8) for _ in range(3))
        yield module, (query, key, value), {}
