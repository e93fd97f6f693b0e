import torch
from torch import nn

EXPECT = "generated"
WHY = "the query heads are folded in groups: five axes against a broadcast key"


class Attention(nn.Module):
    def forward(self, query, key, value):
        batch, heads, length, dim = query.shape
        grouped = query.view(batch, key.shape[1], heads // key.shape[1], length, dim)
        scores = torch.matmul(grouped, key.unsqueeze(2).transpose(-1, -2)) / 3.0
        probs = scores.softmax(-1)
        return torch.matmul(probs, value.unsqueeze(2)).reshape(batch, heads, length, dim)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        key, value = (2.0 * torch.randn(batch, 2, keys, 8) for _ in range(2))
        yield Attention(), (2.0 * torch.randn(batch, 4, queries, 8), key, value), {}


def example():
    return next(examples())
