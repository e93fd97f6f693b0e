import math

import torch
from torch import nn

EXPECT = "refused"
WHY = "a row that was masked as a whole is zeros by then, beside which the constant counts"


class Attention(nn.Module):
    def forward(self, query, key, value, low):
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        scores = scores + low
        scores = scores - scores.amax(dim=-1, keepdim=True)
        scores[..., 0] = torch.finfo(scores.dtype).min
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    low = torch.full((5,), torch.finfo(torch.float32).min)
    return Attention(), (query, key, value), {"low": low}
