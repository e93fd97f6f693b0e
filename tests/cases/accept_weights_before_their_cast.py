import torch
from torch import nn

EXPECT = "generated"
WHY = "the weights leave in the softmax's dtype, and are cast where they meet the values"
STAGE = "probabilities"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.3)

    def forward(self, query, key, value):
        scores = torch.matmul(query.float(), key.float().transpose(-1, -2))
        probs = torch.softmax(scores / 3.0, dim=-1)
        return torch.matmul(self.dropout(probs).to(value.dtype), value), probs


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
