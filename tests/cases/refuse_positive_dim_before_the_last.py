import torch
from torch import nn

EXPECT = "refused"
WHY = "of four axes number 1 holds the heads"
CODE = "SOFTMAX_AXIS"


class Attention(nn.Module):
    def forward(self, query, key, value):
        batch, length, heads, width = query.shape
        query = query.reshape(batch, heads, length, width)
        key = key.reshape(batch, heads, length, width)
        scores = torch.matmul(query, key.transpose(2, 3))
        return torch.matmul(scores.softmax(dim=1), value)


def example():
    torch.manual_seed(0)
    query, key = (2.0 * torch.randn(2, 5, 2, 8) for _ in range(2))
    return Attention(), (query, key, torch.randn(2, 2, 5, 8)), {}
