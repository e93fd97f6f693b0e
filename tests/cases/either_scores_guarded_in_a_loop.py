import torch
from torch import nn

EXPECT = "either"
WHY = "one side of a branch in a loop is not affine"

class Attention(nn.Module):
    def forward(self, query, key, value, hard=False):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        for place in range(2):
            if hard:
                scores = torch.tanh(scores)
            else:
                scores = scores + place * torch.arange(key.size(2), dtype=key.dtype)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
