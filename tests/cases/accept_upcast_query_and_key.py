import torch
from torch import nn

EXPECT = "generated"
WHY = "GPT-J: q and k in fp32, v not"


class Attention(nn.Module):
    def forward(self, query, key, value):
        scores = torch.matmul(query.to(torch.float32), key.to(torch.float32).transpose(-1, -2)) / 3.0
        probs = torch.softmax(scores, dim=-1).to(value.dtype)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, queries, keys in ((2, 5, 5), (1, 3, 7), (3, 1, 6)):
        query, key, value = (2.0 * torch.randn(batch, 2, length, 8) for length in (queries, keys, keys))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
