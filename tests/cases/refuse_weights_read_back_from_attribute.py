import torch
from torch import nn

EXPECT = "refused"
WHY = "the probabilities are stored, and what meets the values is read from there"
CODE = "ESCAPE"


class StoringAttention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query, key.transpose(-2, -1)) / 3.0
        self.last = torch.softmax(scores, dim=-1)
        return torch.matmul(nn.functional.dropout(self.last, 0.0), value)


def example():
    torch.manual_seed(0)
    query, key, value = (2.0 * torch.randn(2, 2, 5, 8) for _ in range(3))
    return StoringAttention(), (query, key, value), {}
