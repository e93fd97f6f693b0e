import torch
from torch import nn

EXPECT = "refused"
WHY = "a factor of unknown sign may turn the constant around, and then the scores beside it count"
CODE = "FILL_SCALED"


class Attention(nn.Module):
    def forward(self, query, key, value, hidden, factor: float = 1.0):
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores.masked_fill(hidden, -1e5) * factor
        return torch.matmul(scores.softmax(dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value, torch.rand(5, 5) < 0.3), {"factor": -0.001}
