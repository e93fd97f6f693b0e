import torch
from torch import nn

EXPECT = "generated"
WHY = "a helper stores a constant in the scores and returns them"

class Attention(nn.Module):
    def fill(self, scores):
        scores[..., 1] = -1e30
        return scores

    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-1, -2)) * 0.3
        scores = self.fill(scores)
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return Attention(), (query, key, value), {}
