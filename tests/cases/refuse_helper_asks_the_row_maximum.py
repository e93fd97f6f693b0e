import torch
from torch import nn

EXPECT = "refused"
WHY = "a helper is given the scores, and what it returns depends on a test of their maximum"

class Attention(nn.Module):
    def bias(self, scores):
        if scores.amax(-1).max() > 0.1:
            return torch.arange(scores.size(-1), dtype=scores.dtype)
        return torch.zeros(scores.size(-1), dtype=scores.dtype)

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2))
        bias = self.bias(scores)
        scores = scores + bias
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
