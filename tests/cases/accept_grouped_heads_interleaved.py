import torch
from torch import nn

EXPECT = "generated"
WHY = "torch.repeat_interleave repeats the heads"


class Attention(nn.Module):
    groups = 2

    def forward(self, query, key, value):
        keys = torch.repeat_interleave(key, self.groups, dim=1)
        values = value.repeat_interleave(self.groups, dim=1)
        scores = torch.matmul(query, keys.transpose(-1, -2)) / 3.0
        probs = scores.softmax(-1)
        return torch.matmul(probs, values)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7)):
        key, value = (2.0 * torch.randn(batch, heads, keys, 8) for heads in (2, 2))
        yield Attention(), (2.0 * torch.randn(batch, 4, queries, 8), key, value), {}


def example():
    return next(examples())
