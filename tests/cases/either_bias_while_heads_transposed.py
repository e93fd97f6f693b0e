import torch
from torch import nn

EXPECT = "either"
WHY = "a bias is added while batch and heads have changed places, and they change back before the values"


class Attention(nn.Module):
    def forward(self, query, key, value):
        b, h, n, d = query.shape
        scores = torch.bmm(query.reshape(b * h, n, d), key.reshape(b * h, n, d).transpose(1, 2))
        scores = scores.view(b, h, n, n).transpose(0, 1)
        scores = scores + torch.arange(h, dtype=query.dtype).view(-1, 1, 1, 1) * torch.eye(n, dtype=query.dtype)
        probs = torch.softmax(scores, dim=-1)
        probs = probs.transpose(0, 1)
        return torch.matmul(probs, value)


def examples():
    torch.manual_seed(0)
    for batch, heads in ((2, 3), (3, 3)):
        query, key, value = (2.0 * torch.randn(batch, heads, 5, 8) for _ in range(3))
        yield Attention(), (query, key, value), {}


def example():
    return next(examples())
