import math

import torch
from torch import nn

EXPECT = "generated"
WHY = "Swin: a table of biases, read by an index buffer"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(23, 2))
        coordinates = torch.arange(12)
        self.register_buffer("index", coordinates[:, None] - coordinates[None, :] + 11)

    def forward(self, query, key, value):
        batch, heads, length, dim = query.shape
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        bias = (
            self.table[self.index[:length, :length].reshape(-1)].view(length, length, -1).permute(2, 0, 1).contiguous()
        )
        scores = scores + bias.unsqueeze(0)
        probs = torch.softmax(scores, dim=-1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, length in ((2, 5), (1, 7), (3, 1)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
